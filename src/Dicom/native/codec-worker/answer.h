// The worker's side of the conversation: requests on standard input, one answer a line on standard output.
#pragma once

#include "types.h"

#include <optional>

/// The next request, a path that ends with a NUL; none when the other side has closed.
std::optional<std::string> read_request(int fd);

struct Decoded {
    int fd = -1; // the memory with the pixels, sealed
    uint64_t frames = 0;
    Shape shape;
    std::vector<uint64_t> missing; // zero-based numbers of frames that could not be decoded
};

/// ok TAB fd TAB frames TAB rows TAB columns TAB samples TAB missing,… [TAB warning]… LF
void answer_ok(int fd, const Decoded& decoded, const Warnings& warnings);

/// error TAB reason LF
void answer_error(int fd, const std::string& reason);

/// exhausted TAB reason LF: the same, and the worker ends, since the libraries may have lost memory on the way.
void answer_exhausted(int fd, const std::string& reason);

/// Text from a file made fit for one field of an answer: printable ASCII, of bounded length.
std::string printable(const std::string& s, size_t most = 64);
