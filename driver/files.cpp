#include "driver/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "support/source.h"

namespace untrack::driver {

namespace fs = std::filesystem;

llvm::Error unreadable(const std::string& path, std::error_code code) {
  return llvm::createStringError(code, "cannot read `%s`: %s", path.c_str(), code.message().c_str());
}

// `expected`: how many bytes there probably are; a dump of a cluster has hundreds of millions.
static llvm::Expected<std::string> read_all(std::istream& stream, const std::string& name,
                                            std::size_t expected) {
  std::string text;
  text.reserve(expected);
  char block[64 * 1024];
  while (stream.read(block, sizeof block) || stream.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return unreadable(name, std::make_error_code(std::errc::io_error));
  if (text.size() >= SourceSpan::kNowhere)
    return unreadable(name, std::make_error_code(std::errc::file_too_large));
  return text;
}

llvm::Expected<std::string> read_stream(std::istream& stream, const std::string& name) {
  return read_all(stream, name, 0);
}

llvm::Expected<std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return unreadable(path, {errno, std::generic_category()});
  std::error_code no_size;  // a pipe has none
  const std::uintmax_t size = fs::file_size(path, no_size);
  return read_all(file, path, no_size || size >= SourceSpan::kNowhere ? 0 : size);
}

static llvm::Error unwritable(const fs::path& path, std::error_code code) {
  return llvm::createStringError(code, "cannot write `%s`: %s", path.c_str(), code.message().c_str());
}

// Beside its place, so that the rename stays on one file system; two runs at a time do not meet.
static fs::path temporary_beside(const fs::path& path) {
  return path.parent_path() / fmt::format(".{}.{}.tmp", path.filename().string(), ::getpid());
}

// Who may not give files away keeps those that are his own.
static bool copy_owner_and_mode(const fs::path& from, const fs::path& to) {
  struct stat status{};
  if (::stat(from.c_str(), &status) != 0) return false;
  struct stat own{};
  if (::stat(to.c_str(), &own) != 0) return false;
  const bool same_owner = own.st_uid == status.st_uid && own.st_gid == status.st_gid;
  if (!same_owner && ::chown(to.c_str(), status.st_uid, status.st_gid) != 0) return false;
  return ::chmod(to.c_str(), status.st_mode & 07777) == 0;
}

// An open descriptor by its name, such as /dev/stdout or /dev/fd/63: links to it end in /proc/PID/fd.
static bool is_descriptor(fs::path path) {
  static constexpr int kMostLinks = 8;
  std::error_code code;
  for (int links = 0; links < kMostLinks && !code; ++links) {
    const fs::path folder = fs::canonical(path.has_parent_path() ? path.parent_path() : ".", code);
    if (!code && folder.filename() == "fd" && folder.native().starts_with("/proc/")) return true;
    if (code || !fs::is_symlink(path, code)) return false;
    path = folder / fs::read_symlink(path, code);
  }
  return false;
}

// What a rename would take away from everybody: a device, a pipe, a descriptor of a file that others write
// to.
static bool is_stream(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(path, ignored);
  if (!fs::is_symlink(status)) return fs::is_other(status);
  return fs::is_other(fs::status(path, ignored)) || is_descriptor(path);
}

static llvm::Error write_to_stream(const fs::path& path, const std::string& bytes) {
  errno = 0;
  std::ofstream stream(path, std::ios::binary | std::ios::app);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) return unwritable(path, {errno, std::generic_category()});
  return llvm::Error::success();
}

namespace {

// While it lives, signals that would end the program wait; when it goes, they do. Files are written by the
// only thread.
class SignalsHeld {
 public:
  SignalsHeld() {
    ::sigemptyset(&held_);
    for (const int signal : kEnding) {
      struct sigaction action{};
      // One that is ignored, as by nohup(1), would count as having come.
      if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN)
        ::sigaddset(&held_, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  bool any_came() const {
    sigset_t pending{};
    ::sigpending(&pending);
    return std::ranges::any_of(kEnding, [&](int signal) {
      return ::sigismember(&held_, signal) == 1 && ::sigismember(&pending, signal) == 1;
    });
  }

 private:
  static constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};

  sigset_t held_{};
  sigset_t before_{};
};

// Temporary files that vanish unless they were renamed.
class Staging {
 public:
  Staging() = default;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    for (const auto& [temporary, place] : staged_) fs::remove(temporary, ignored);
  }

  llvm::Error stage(const OutputFile& file) {
    std::error_code code;
    const bool follow = file.edited || (file.linked && fs::exists(file.path, code));
    const fs::path place = follow ? fs::canonical(file.path, code) : fs::path(file.path);
    if (code) return unwritable(file.path, code);
    if (place.has_parent_path()) fs::create_directories(place.parent_path(), code);
    if (code) return unwritable(place, code);
    if (fs::is_directory(place, code))
      return unwritable(place, std::make_error_code(std::errc::is_a_directory));
    const fs::path temporary = temporary_beside(place);
    errno = 0;
    std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
    if (!stream) return unwritable(place, {errno, std::generic_category()});
    staged_.emplace_back(temporary, place);
    stream.write(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size()));
    stream.close();
    if (!stream) return unwritable(place, {errno, std::generic_category()});
    if (file.edited && !copy_owner_and_mode(place, temporary)) {
      return unwritable(place, {errno, std::generic_category()});
    }
    if (file.executable) {
      fs::permissions(temporary, fs::perms{0755}, code);
      if (code) return unwritable(place, code);
    }
    return llvm::Error::success();
  }

  llvm::Error publish() {
    for (const auto& [temporary, place] : staged_) {
      std::error_code code;
      fs::rename(temporary, place, code);
      if (code) return unwritable(place, code);
    }
    staged_.clear();
    return llvm::Error::success();
  }

 private:
  std::vector<std::pair<fs::path, fs::path>> staged_;  // temporary name, place
};

}  // namespace

llvm::Error write_files(std::span<const OutputFile> files) {
  const SignalsHeld held;
  Staging staging;  // goes before the signals are let go
  for (const OutputFile& file : files) {
    if (is_stream(file.path)) continue;
    if (llvm::Error error = staging.stage(file)) return error;
    if (held.any_came()) return llvm::createStringError("interrupted: nothing was written");
  }
  for (const OutputFile& file : files) {
    if (!is_stream(file.path)) continue;
    if (llvm::Error error = write_to_stream(file.path, file.bytes)) return error;
  }
  return staging.publish();
}

}  // namespace untrack::driver
