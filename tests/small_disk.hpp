// A small file system in memory, for tests of what happens when a disk is full. Owned by the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <sys/mount.h>

namespace millrace::proof {

// Mounted until the end of the block; false where this user may not mount.
class small_disk {
public:
  explicit small_disk(std::filesystem::path at, const std::string& limits) : at_(std::move(at)) {
    std::filesystem::create_directories(at_);
    is_there_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, limits.c_str()) == 0;
  }
  ~small_disk() {
    if (is_there_)
      ::umount2(at_.c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  explicit operator bool() const { return is_there_; }
  // Until nothing more fits.
  void fill() const {
    std::ofstream out(filler(), std::ios::binary);
    const std::string piece(64 * 1024, 'x');
    while (out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
    }
    EXPECT_LT(std::filesystem::space(at_).available, 64u * 1024);
  }
  void make_room() const { std::filesystem::remove(filler()); }

private:
  std::filesystem::path filler() const { return at_ / "filler"; }
  std::filesystem::path at_;
  bool is_there_ = false;
};

inline constexpr auto may_not_mount = "this user may not mount a file system: run it as root";

} // namespace millrace::proof
