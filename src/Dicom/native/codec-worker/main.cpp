// codec-worker: turns DICOM files into frames for a parent that must not die of a bad file.
//
//   codec-worker --address-space BYTES --output BYTES --cpu-seconds N
//
// A request is a path and a NUL on standard input; the answer is a line on standard output (answer.h). The frames of the last answer stay open,
// as the descriptor it names, until the next request: the parent maps /proc/PID/fd/N. The worker ends when its input ends.
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <map>
#include <new>
#include <sys/resource.h>
#include <unistd.h>

#include <gdcmTrace.h>
extern "C" {
#include <libavutil/log.h>
}

#include "answer.h"
#include "decode.h"

namespace {

bool read_limits(int argc, char** argv, Limits& limits)
{
    const std::map<std::string, uint64_t*> options = {
        {"--address-space", &limits.address_space}, {"--output", &limits.output}, {"--cpu-seconds", &limits.cpu_seconds}};
    for (int i = 1; i + 1 < argc; i += 2) {
        auto option = options.find(argv[i]);
        if (option == options.end())
            return false;
        *option->second = strtoull(argv[i + 1], nullptr, 10);
    }
    return limits.address_space && limits.output && limits.cpu_seconds;
}

void set_limit(__rlimit_resource resource, rlim_t value)
{
    rlimit limit{value, value};
    setrlimit(resource, &limit);
}

/// CPU time counts over the life of the process, so each request moves the soft limit on from what is already spent.
void allow_cpu_seconds(uint64_t seconds)
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    rlimit limit{};
    getrlimit(RLIMIT_CPU, &limit);
    limit.rlim_cur = rlim_t(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + seconds + 1;
    setrlimit(RLIMIT_CPU, &limit);
}

/// The libraries print to both standard streams; only answers may reach the parent.
int keep_answers_apart()
{
    int answers = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
    gdcm::Trace::DebugOff();
    av_log_set_level(AV_LOG_QUIET);
    return answers;
}

} // namespace

int main(int argc, char** argv)
{
    Limits limits;
    if (!read_limits(argc, argv, limits)) {
        std::cerr << "usage: codec-worker --address-space BYTES --output BYTES --cpu-seconds N\n";
        return 2;
    }
    // Ctrl-C and a service manager may signal the parent's whole group; a cine that was lost by that would look like one that cannot be decoded. The parent ends us.
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    set_limit(RLIMIT_CORE, 0); // a dump would hold a patient's images
    set_limit(RLIMIT_AS, limits.address_space);
    set_limit(RLIMIT_FSIZE, limits.output);
    const int answers = keep_answers_apart();

    int frames = -1;
    while (std::optional<std::string> path = read_request(STDIN_FILENO)) {
        if (frames >= 0)
            close(frames);
        frames = -1;
        allow_cpu_seconds(limits.cpu_seconds);
        Warnings warnings;
        try {
            Decoded decoded = decode_file(*path, limits, warnings);
            frames = decoded.fd;
            answer_ok(answers, decoded, warnings);
        } catch (const DecodeError& e) {
            answer_error(answers, e.what());
        } catch (const std::bad_alloc&) {
            answer_exhausted(answers, "decoding needs more than the memory limit of " + std::to_string(limits.address_space) + " bytes");
            return 0;
        } catch (const std::exception& e) {
            answer_error(answers, std::string("a decoder failed: ") + e.what());
        }
    }
    return 0;
}
