// Certificates that are replaced while the server runs, by tools that move one file after the other.
#include "http/certificate.hpp"

#include "core/failure.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

namespace millrace::http {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class replaced_certificate : public ::testing::Test {
protected:
  replaced_certificate() {
    std::string made = (fs::temp_directory_path() / "certificate-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
    make("one", "rsa:2048");
    make("two", "ec -pkeyopt ec_paramgen_curve:P-256");
    put("one", "cert");
    put("one", "key");
  }
  ~replaced_certificate() override { fs::remove_all(folder_); }

  void make(const std::string& name, const std::string& kind) const {
    const std::string at = (folder_ / name).string();
    const std::string command = "openssl req -x509 -nodes -days 2 -subj /CN=" + name + " -newkey " + kind + " -keyout " +
                                at + ".key -out " + at + ".cert 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  // Moves it into place, with the time of its making.
  void put(const std::string& name, const std::string& what) const {
    fs::copy_file(folder_ / (name + "." + what), folder_ / "new");
    fs::last_write_time(folder_ / "new", made_ + (what == "cert" ? 1s : 0s) + (name == "two" ? 10s : 0s));
    fs::rename(folder_ / "new", folder_ / what);
  }
  std::string file(const std::string& what) const { return (folder_ / what).string(); }

  fs::path folder_;
  fs::file_time_type made_ = fs::file_time_type::clock::now() - 1h;
};

TEST_F(replaced_certificate, a_certificate_without_its_key_changes_nothing) {
  certificate served(file("cert"), file("key"));
  const auto before = served.context();
  put("two", "cert");
  served.look_again();
  EXPECT_EQ(served.context(), before) << "nobody could shake hands with a certificate whose key is another's";
}

TEST_F(replaced_certificate, a_key_that_comes_after_and_is_older_is_seen) {
  certificate served(file("cert"), file("key"));
  const auto before = served.context();
  put("two", "cert");
  served.look_again();
  put("two", "key");
  served.look_again();
  EXPECT_NE(served.context(), before);
}

TEST_F(replaced_certificate, its_end_is_told) {
  const auto in_two_days = std::time(nullptr) + 2 * 86'400;
  EXPECT_NEAR(static_cast<double>(certificate(file("cert"), file("key")).not_after_s()), static_cast<double>(in_two_days), 60);
}

TEST_F(replaced_certificate, a_pair_that_does_not_belong_together_is_refused_at_the_start) {
  put("two", "key");
  EXPECT_THROW(certificate(file("cert"), file("key")), outage);
}

TEST_F(replaced_certificate, files_that_are_gone_change_nothing) {
  certificate served(file("cert"), file("key"));
  const auto before = served.context();
  fs::remove(file("key"));
  served.look_again();
  fs::remove(file("cert"));
  served.look_again();
  EXPECT_EQ(served.context(), before);
}

} // namespace
} // namespace millrace::http
