// A real Chromium without a window, driven by WebDriver's JSON over HTTP (chromedriver). What it complained of and what it
// asked for is kept by it. Owned by a test; one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::proof {

class browser {
public:
  // Whether the machine has one: Debian's packages chromium and chromium-driver.
  static bool is_there();

  // Starts it; `folder` takes its log. Throws std::runtime_error when it does not start.
  explicit browser(const std::filesystem::path& folder);
  ~browser();
  browser(const browser&) = delete;

  void open(const std::string& url);
  // The body of a function, run in the page; its answer as a text ("" for null).
  std::string evaluate(const std::string& script);
  // Types keys one after another: characters, or one of `enter` and `escape`.
  void type(std::string_view keys);
  static constexpr std::string_view enter = "\uE007", escape = "\uE00C", tab = "\uE004";
  void resize(int width, int height);
  void prefer_dark(bool dark);

  // What stands in the page's console as an error, since it was last asked.
  std::vector<std::string> errors();
  // The addresses that the page asked for, since it was last asked.
  std::vector<std::string> requests();
  void save_picture(const std::filesystem::path& png);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::proof
