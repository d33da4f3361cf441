// Reads in place rather than through GDCM's reader: a cine of 700 MB then costs no second 700 MB, and a file that ends too early still gives the frames it has.
#include "dataset.h"

#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "element_cursor.h"

namespace {

constexpr uint32_t kPixelData = 0x7FE00010;
constexpr const char* kDeflated = "1.2.840.10008.1.2.1.99";

std::string text(Span value)
{
    std::string s(reinterpret_cast<const char*>(value.data), std::min<size_t>(value.size, 64));
    while (!s.empty() && (s.back() == ' ' || s.back() == '\0'))
        s.pop_back();
    return s;
}

bool looks_explicit(Span body)
{
    return body.size >= 8 && body.data[4] >= 'A' && body.data[4] <= 'Z' && body.data[5] >= 'A' && body.data[5] <= 'Z';
}

/// PS3.3 C.7.6.3.1.5 and .6: entries of 8 bits, or of 16 whose high byte is the 8-bit colour.
std::vector<uint8_t> palette_channel(Span value, uint32_t entries, bool big)
{
    std::vector<uint8_t> channel(entries);
    if (value.size >= 2 * size_t(entries))
        for (size_t i = 0; i < entries; i++)
            channel[i] = value.data[2 * i + (big ? 0 : 1)];
    else if (value.size >= entries)
        memcpy(channel.data(), value.data, entries);
    else
        throw DecodeError("the palette is shorter than its descriptor says");
    return channel;
}

} // namespace

Dataset::Dataset(const std::string& path, const Limits& limits, Warnings& warnings)
{
    Span file = map(path);
    if (file.size == 0)
        throw DecodeError("the file is empty");
    try {
        Span body = read_meta(file, warnings);
        if (facts_.transfer_syntax == kDeflated)
            body = inflate(body, limits);
        read_elements(body, warnings);
    } catch (const std::out_of_range&) {
        throw DecodeError("the data set ends inside an element");
    }
}

Dataset::~Dataset()
{
    if (mapped_)
        munmap(mapped_, mapped_size_);
}

Span Dataset::map(const std::string& path)
{
    int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        throw DecodeError(std::string("the file cannot be opened: ") + strerror(errno));
    struct stat status {};
    fstat(fd, &status);
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        close(fd);
        if (!S_ISREG(status.st_mode))
            throw DecodeError("not a regular file");
        return {};
    }
    mapped_size_ = size_t(status.st_size);
    void* address = mmap(nullptr, mapped_size_, PROT_READ, MAP_PRIVATE, fd, 0);
    int error = errno;
    close(fd);
    if (address == MAP_FAILED)
        throw DecodeError(error == ENOMEM ? "the file is larger than the memory limit" : std::string("the file cannot be mapped: ") + strerror(error));
    mapped_ = address;
    return {static_cast<const uint8_t*>(address), mapped_size_};
}

/// PS3.10 7.1: preamble, DICM, group 0002 in explicit little endian. Files without some of these exist and are read, with a remark.
Span Dataset::read_meta(Span file, Warnings& warnings)
{
    size_t start = 0;
    if (file.size >= 132 && memcmp(file.data + 128, "DICM", 4) == 0)
        start = 132;
    else
        warnings.push_back("no DICM preamble");
    Cursor cursor(file.from(start, file.size - start), Encoding::explicit_little);
    bool has_meta = cursor.left() >= 8 && cursor.u16(0) == 0x0002;
    if (start == 0 && !has_meta && !(cursor.left() >= 8 && cursor.u16(0) == 0x0008))
        throw DecodeError("not a DICOM file");
    while (cursor.left() >= 8 && cursor.u16(0) == 0x0002) {
        Element e = cursor.next();
        if (e.tag == 0x00020010 && e.length <= cursor.left())
            facts_.transfer_syntax = text(cursor.take(e.length));
        else
            cursor.skip(e);
    }
    return cursor.rest();
}

Span Dataset::inflate(Span deflated, const Limits& limits)
{
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) // raw deflate: PS3.5 A.5
        throw DecodeError("zlib gives no decompressor");
    const size_t most = limits.output + (64u << 20); // pixels, and the attributes around them
    stream.next_in = const_cast<Bytef*>(deflated.data);
    stream.avail_in = uInt(std::min<size_t>(deflated.size, UINT32_MAX));
    int result = Z_OK;
    for (size_t done = 0; result == Z_OK; done = inflated_.size() - stream.avail_out) {
        size_t step = std::min<size_t>(std::max<size_t>(inflated_.size(), 1u << 20), 64u << 20);
        if (done + step > most) {
            inflateEnd(&stream);
            throw DecodeError("the deflated data set grows past the limit of " + std::to_string(most) + " bytes");
        }
        inflated_.resize(done + step);
        stream.next_out = inflated_.data() + done;
        stream.avail_out = uInt(step);
        result = ::inflate(&stream, Z_NO_FLUSH);
    }
    inflated_.resize(inflated_.size() - stream.avail_out);
    inflateEnd(&stream);
    if (result != Z_STREAM_END && result != Z_BUF_ERROR)
        throw DecodeError("the deflated data set is damaged");
    return {inflated_.data(), inflated_.size()};
}

void Dataset::read_elements(Span body, Warnings& warnings)
{
    const std::string& syntax = facts_.transfer_syntax;
    bool stated_implicit = syntax == "1.2.840.10008.1.2";
    Encoding encoding = Encoding::explicit_little;
    if (syntax == "1.2.840.10008.1.2.2")
        encoding = Encoding::explicit_big;
    else if (!looks_explicit(body))
        encoding = Encoding::implicit_little;
    if (syntax.empty())
        warnings.push_back("no transfer syntax stated");
    else if (encoding != Encoding::explicit_big && stated_implicit != (encoding == Encoding::implicit_little))
        warnings.push_back("explicit and implicit VR are confused");
    facts_.encoding = encoding;
    const bool big = encoding == Encoding::explicit_big;

    Cursor cursor(body, encoding);
    std::array<Span, 3> palette{};
    while (cursor.left() >= 8) {
        Element e = cursor.next();
        if (e.tag == kPixelData) {
            facts_.pixels_are_words = strcmp(e.vr, "OW") == 0;
            facts_.encapsulated = e.length == kUndefined;
            facts_.pixels_truncated = !facts_.encapsulated && e.length > cursor.left();
            facts_.pixels = facts_.encapsulated || facts_.pixels_truncated ? cursor.rest() : cursor.take(e.length);
            break;
        }
        if ((e.tag >> 16) != 0x0028 || e.length == kUndefined || e.length > cursor.left()) {
            cursor.skip(e);
            continue;
        }
        Span value = cursor.take(e.length);
        auto u16 = [&](size_t i) -> uint32_t {
            if (value.size < 2 * i + 2)
                return 0;
            return big ? value.data[2 * i] << 8 | value.data[2 * i + 1] : value.data[2 * i + 1] << 8 | value.data[2 * i];
        };
        switch (e.tag) {
        case 0x00280002: facts_.samples = u16(0); break;
        case 0x00280004: facts_.photometric = text(value); break;
        case 0x00280006: facts_.planar = u16(0); break;
        case 0x00280008: {
            std::string s = text(value);
            char* end = nullptr;
            long long n = strtoll(s.c_str(), &end, 10);
            if (!s.empty() && *end == '\0')
                facts_.frames = n;
            else
                warnings.push_back("NumberOfFrames is not a number");
            break;
        }
        case 0x00280010: facts_.rows = u16(0); break;
        case 0x00280011: facts_.columns = u16(0); break;
        case 0x00280100: facts_.bits_allocated = u16(0); break;
        case 0x00280101: facts_.bits_stored = u16(0); break;
        case 0x00280103: facts_.is_signed = u16(0); break;
        case 0x00281101:
            facts_.palette.entries = u16(0) == 0 && value.size >= 6 ? 65536 : u16(0);
            facts_.palette.first = int32_t(u16(1));
            break;
        case 0x00281201:
        case 0x00281202:
        case 0x00281203: palette[e.tag - 0x00281201] = value; break;
        }
    }
    if (!facts_.pixels.data)
        throw DecodeError("no PixelData");
    if (facts_.photometric == "PALETTE COLOR") {
        if (facts_.palette.entries == 0 || !palette[0].data || !palette[1].data || !palette[2].data)
            throw DecodeError("PALETTE COLOR without a whole palette");
        for (size_t c = 0; c < 3; c++)
            facts_.palette.channel[c] = palette_channel(palette[c], facts_.palette.entries, big);
    }
}
