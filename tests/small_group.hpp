// A control group with little memory, for tests of what is told of it. Owned by the test's thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/types.h>
#include <unistd.h>

namespace millrace::proof {

// A process is in it until the end of the block; false where this user may not make one. What the process already has is not counted
// there, so that a limit near that does it no harm.
class small_group {
public:
  small_group(pid_t process, std::int64_t bytes) {
    namespace fs = std::filesystem;
    const bool old = fs::exists("/sys/fs/cgroup/memory/memory.limit_in_bytes"); // v1
    const fs::path top = old ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
    at_ = top / ("millrace-test-" + std::to_string(::getpid()));
    std::error_code fault;
    fs::create_directory(at_, fault);
    is_there_ = !fault && write(at_ / (old ? "memory.limit_in_bytes" : "memory.max"), bytes) && write(at_ / "cgroup.procs", process);
    back_ = top / "cgroup.procs";
    process_ = process;
  }
  ~small_group() {
    write(back_, process_);
    std::error_code gone;
    std::filesystem::remove(at_, gone);
  }
  small_group(const small_group&) = delete;
  small_group& operator=(const small_group&) = delete;

  explicit operator bool() const { return is_there_; }

private:
  static bool write(const std::filesystem::path& file, std::int64_t number) {
    std::ofstream out(file);
    return static_cast<bool>((out << number << '\n').flush());
  }
  std::filesystem::path at_, back_;
  pid_t process_ = 0;
  bool is_there_ = false;
};

} // namespace millrace::proof
