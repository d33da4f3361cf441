// decode-in-process FILE…: decodes each file and reads every pixel, as `echoclr bench codec` does with the codec worker's. Prints the seconds on the clock, the seconds of
// processor time and the sum of the pixels. Loading the program does not count.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>

#include <gdcmTrace.h>
extern "C" {
#include <libavutil/log.h>
}

#include "decode.h"
#include "heap_frames.h"

namespace {

uint64_t sum_of(const HeapFrames& frames)
{
    uint64_t sum = 0, word = 0;
    for (uint64_t at = 0; at + sizeof word <= frames.size; at += sizeof word) {
        memcpy(&word, frames.data + at, sizeof word);
        sum += word;
    }
    return sum;
}

double processor_seconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

} // namespace

int main(int argc, char** argv)
{
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
    gdcm::Trace::DebugOff();
    av_log_set_level(AV_LOG_QUIET);
    Limits limits;
    limits.output = uint64_t(4) << 30;
    limits.address_space = 2 * limits.output;
    limits.cpu_seconds = 3600;
    const double processor = processor_seconds();
    const auto began = std::chrono::steady_clock::now();
    uint64_t sum = 0;
    try {
        for (int i = 1; i < argc; i++) {
            Warnings warnings;
            decode_file(argv[i], limits, warnings);
            sum += sum_of(last_frames());
        }
    } catch (const std::exception& e) {
        fprintf(stderr, "decode-in-process: %s\n", e.what());
        return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    printf("%.6f %.6f %llu\n", took.count(), processor_seconds() - processor, static_cast<unsigned long long>(sum));
    return 0;
}
