#include "answer.h"

#include <cerrno>
#include <unistd.h>

namespace {

constexpr size_t kMaxPath = 4096;     // PATH_MAX
constexpr size_t kMaxWarnings = 8;    // a file with a thousand faults is told by its first ones
constexpr size_t kMaxReason = 300;

void write_all(int fd, const std::string& s)
{
    for (size_t done = 0; done < s.size();) {
        ssize_t n = write(fd, s.data() + done, s.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0); // nobody listens any more
        done += size_t(n);
    }
}

} // namespace

std::optional<std::string> read_request(int fd)
{
    std::string path;
    for (;;) {
        char c;
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || path.size() > kMaxPath)
            return std::nullopt;
        if (c == '\0')
            return path;
        path += c;
    }
}

void answer_ok(int fd, const Decoded& d, const Warnings& warnings)
{
    std::string line = "ok\t" + std::to_string(d.fd) + '\t' + std::to_string(d.frames) + '\t' + std::to_string(d.shape.rows) + '\t' +
        std::to_string(d.shape.columns) + '\t' + std::to_string(d.shape.samples) + '\t';
    for (size_t i = 0; i < d.missing.size(); i++)
        line += (i ? "," : "") + std::to_string(d.missing[i]);
    for (size_t i = 0; i < warnings.size() && i < kMaxWarnings; i++)
        line += '\t' + printable(warnings[i], kMaxReason);
    write_all(fd, line + '\n');
}

void answer_error(int fd, const std::string& reason)
{
    write_all(fd, "error\t" + printable(reason, kMaxReason) + '\n');
}

void answer_exhausted(int fd, const std::string& reason)
{
    write_all(fd, "exhausted\t" + printable(reason, kMaxReason) + '\n');
}

std::string printable(const std::string& s, size_t most)
{
    std::string out = s.substr(0, most);
    for (char& c : out)
        if (c < ' ' || c > '~')
            c = '?';
    return out;
}
