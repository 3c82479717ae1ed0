// A small ext4 in a file, for tests of what is told of disks: rules take no notice of file systems in memory. Owned by the test's thread.
// For tests that read the sources.
#pragma once

#include "checkout.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace millrace::proof {

// Mounted until the end of the block; false where this user may not mount.
class small_ext4 {
public:
  explicit small_ext4(const std::filesystem::path& in) : at_(in / "disk") {
    std::filesystem::create_directories(at_);
    const auto image = (in / "disk.ext4").string();
    is_there_ = checkout::run("PATH=$PATH:/usr/sbin:/sbin; truncate -s 64M '" + image + "' && mkfs.ext4 -q -m 0 '" + image + "' && mount -o loop '" + image + "' '" + at_.string() + "'").code == 0;
  }
  ~small_ext4() {
    if (is_there_)
      checkout::run("umount -l '" + at_.string() + "'");
  }
  small_ext4(const small_ext4&) = delete;
  small_ext4& operator=(const small_ext4&) = delete;

  explicit operator bool() const { return is_there_; }
  const std::filesystem::path& at() const { return at_; }
  // Writes until less than this share of it is free, at most so many pieces of 64 KB.
  void fill(double share, int pieces = 1024) const {
    std::ofstream out(at_ / "filler", std::ios::app | std::ios::binary);
    const std::string piece(64 * 1024, 'x');
    for (; pieces > 0 && free_share() >= share && out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush(); --pieces) {
    }
  }
  void make_room() const { std::filesystem::remove(at_ / "filler"); }

private:
  double free_share() const {
    const auto s = std::filesystem::space(at_);
    return static_cast<double>(s.available) / static_cast<double>(s.capacity);
  }
  std::filesystem::path at_;
  bool is_there_ = false;
};

} // namespace millrace::proof
