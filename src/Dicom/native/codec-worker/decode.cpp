#include "decode.h"

#include <algorithm>
#include <set>

namespace {

enum class Coding { native, codestreams, run_length, video };

/// PS3.6 table A-1, as far as there is a decoder for it here.
Coding coding_of(const std::string& syntax)
{
    static const std::set<std::string> kNative = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2", ""};
    static const std::set<std::string> kCodestreams = {
        "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55", // JPEG: baseline, extended, spectral, progressive
        "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",                                                    // JPEG lossless
        "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81",                                                    // JPEG-LS
        "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"};                                                   // JPEG 2000
    static const std::set<std::string> kVideo = {
        "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.100.1", "1.2.840.10008.1.2.4.101", "1.2.840.10008.1.2.4.101.1",
        "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.102.1", "1.2.840.10008.1.2.4.103", "1.2.840.10008.1.2.4.103.1",
        "1.2.840.10008.1.2.4.104", "1.2.840.10008.1.2.4.104.1", "1.2.840.10008.1.2.4.105", "1.2.840.10008.1.2.4.105.1",
        "1.2.840.10008.1.2.4.106", "1.2.840.10008.1.2.4.106.1", "1.2.840.10008.1.2.4.107", "1.2.840.10008.1.2.4.108"};
    if (kNative.count(syntax))
        return Coding::native;
    if (kCodestreams.count(syntax))
        return Coding::codestreams;
    if (syntax == "1.2.840.10008.1.2.5")
        return Coding::run_length;
    if (kVideo.count(syntax))
        return Coding::video;
    throw DecodeError("transfer syntax " + printable(syntax) + " has no decoder here");
}

/// Whether three components of a JPEG stream are YCbCr. The stream is believed before the data set, since the stream was written by whoever
/// transformed the colours: its markers, then subsampled chroma (nobody halves green and blue), and only then PhotometricInterpretation.
bool is_ybr(const Codestream& c, const PixelFacts& facts, Warnings& warnings)
{
    bool stated_rgb = facts.photometric == "RGB";
    bool ybr;
    if (c.adobe_transform >= 0)
        ybr = c.adobe_transform != 0;
    else if (c.rgb_ids)
        ybr = false;
    else
        ybr = c.jfif || c.subsampled || !stated_rgb;
    if (ybr == stated_rgb)
        warnings.push_back("PhotometricInterpretation says " + printable(facts.photometric, 16) + ", the JPEG frames are " + (ybr ? "YCbCr" : "RGB"));
    return ybr;
}

void decode_codestream(Span bytes, const PixelFacts& facts, FrameBuffer& out, Warnings& warnings)
{
    Codestream c = inspect_codestream(bytes);
    if (c.kind == Codestream::Kind::unknown)
        throw DecodeError("the frame is no JPEG, JPEG-LS or JPEG 2000 stream");
    if (c.components != 1 && c.components != 3)
        throw DecodeError("the frame has " + std::to_string(c.components) + " components");
    const Shape raw_shape{c.rows, c.columns, c.components};
    out.expect(1, raw_shape);

    if (c.kind == Codestream::Kind::jpeg && c.precision == 8 && facts.photometric != "PALETTE COLOR" && facts.photometric != "MONOCHROME1") {
        bool ybr = c.components == 3 && is_ybr(c, facts, warnings);
        decode_jpeg(c, ybr, raw_shape, out.next(raw_shape));
        out.keep();
        return;
    }
    if (c.precision > 16 || (c.components == 3 && c.precision > 8))
        throw DecodeError("the frame has " + std::to_string(c.components) + " components of " + std::to_string(c.precision) + " bits");
    if (c.subsampled)
        throw DecodeError("a subsampled frame of this kind has no decoder here");
    RawFrame raw{nullptr, c.rows, c.columns, c.components, c.precision > 8 ? 2u : 1u, c.precision,
        c.kind == Codestream::Kind::jpeg_2000 ? c.is_signed : facts.is_signed != 0};
    Meaning meaning = c.kind == Codestream::Kind::jpeg_2000 && c.multiple_component_transform ? Meaning::rgb : stated_meaning(facts.photometric, c.components);
    std::vector<uint8_t> samples = decode_by_gdcm(c, raw);
    raw.data = samples.data();
    to_display(raw, meaning, facts.palette, out.next(shape_of(raw, meaning)));
    out.keep();
}

void decode_run_length(Span bytes, const PixelFacts& facts, FrameBuffer& out)
{
    if ((facts.samples != 1 && facts.samples != 3) || (facts.bits_allocated != 8 && !(facts.bits_allocated == 16 && facts.samples == 1)))
        throw DecodeError(std::to_string(facts.samples) + " samples of " + std::to_string(facts.bits_allocated) + " bits have no decoder here");
    RawFrame raw{nullptr, facts.rows, facts.columns, facts.samples, facts.bits_allocated / 8, facts.bits_stored, facts.is_signed != 0};
    Meaning meaning = stated_meaning(facts.photometric, facts.samples);
    const Shape shape = shape_of(raw, meaning);
    out.expect(1, shape);
    std::vector<uint8_t> samples = decode_rle(bytes, raw);
    raw.data = samples.data();
    to_display(raw, meaning, facts.palette, out.next(shape));
    out.keep();
}

/// Frame by frame, so that a damaged one costs itself alone.
template <typename DecodeFrame>
void decode_each(const std::vector<EncodedFrame>& frames, FrameBuffer& out, std::vector<uint64_t>& missing, Warnings& warnings, DecodeFrame decode_frame)
{
    if (frames.size() > kMaxFrames)
        throw DecodeError(std::to_string(frames.size()) + " frames are more than the limit of " + std::to_string(kMaxFrames));
    std::string reason;
    std::vector<uint8_t> joined;
    for (size_t i = 0; i < frames.size(); i++) {
        try {
            if (frames[i].truncated)
                throw DecodeError("the file ends inside it");
            decode_frame(frames[i].bytes(joined));
            if (out.frames() == 1)
                out.expect(frames.size() - i, out.shape()); // now that the size is known, before much is spent
        } catch (const DecodeError& e) {
            missing.push_back(i);
            if (reason.empty())
                reason = "frame " + std::to_string(i + 1) + ": " + e.what();
        }
    }
    if (out.frames() == 0)
        throw DecodeError(reason);
    if (!missing.empty())
        warnings.push_back(std::to_string(missing.size()) + " of " + std::to_string(frames.size()) + " frames cannot be decoded; " + reason);
}

/// A data set rewritten as uncompressed without decoding it gives fragments a length; they are then shorter than the frames stated.
bool holds_fragments_all_the_same(const PixelFacts& facts)
{
    const uint8_t item[] = {0xFE, 0xFF, 0x00, 0xE0};
    const uint64_t stated = uint64_t(facts.rows) * facts.columns * uint64_t(std::max<int64_t>(facts.frames.value_or(1), 1));
    return facts.pixels.size >= 8 && std::equal(item, item + 4, facts.pixels.data) && facts.pixels.size < stated;
}

void compare_with_statement(const PixelFacts& facts, const FrameBuffer& out, uint64_t present, Warnings& warnings)
{
    if (facts.rows != out.shape().rows || facts.columns != out.shape().columns)
        warnings.push_back("Rows and Columns say " + std::to_string(facts.rows) + " x " + std::to_string(facts.columns) + ", the frames are " +
            std::to_string(out.shape().rows) + " x " + std::to_string(out.shape().columns));
    if (facts.frames.value_or(1) != int64_t(present))
        warnings.push_back("NumberOfFrames says " + std::to_string(facts.frames.value_or(1)) + ", the file holds " + std::to_string(present));
}

} // namespace

Decoded decode_file(const std::string& path, const Limits& limits, Warnings& warnings)
{
    Dataset dataset(path, limits, warnings);
    const PixelFacts& facts = dataset.facts();
    Coding coding = coding_of(facts.transfer_syntax);
    FrameBuffer out(limits.output);
    Decoded decoded;

    if (!facts.encapsulated && !holds_fragments_all_the_same(facts)) {
        if (coding != Coding::native)
            warnings.push_back("the transfer syntax says compressed, the pixel data are not");
        decode_native(facts, out, warnings);
    } else {
        std::vector<Fragment> fragments = read_fragments(facts.pixels, facts.encoding == Encoding::explicit_big, warnings);
        if (coding == Coding::native)
            warnings.push_back("the transfer syntax says uncompressed, the pixel data are encapsulated");
        if (coding == Coding::video)
            decode_video(fragments, out, decoded.missing);
        else if (coding == Coding::run_length)
            decode_each(frame_per_fragment(fragments), out, decoded.missing, warnings, [&](Span b) { decode_run_length(b, facts, out); });
        else
            decode_each(frame_per_codestream(fragments), out, decoded.missing, warnings, [&](Span b) { decode_codestream(b, facts, out, warnings); });
    }
    compare_with_statement(facts, out, out.frames() + decoded.missing.size(), warnings);

    // The same remark about every frame is one remark.
    Warnings seen;
    for (std::string& w : warnings)
        if (std::find(seen.begin(), seen.end(), w) == seen.end())
            seen.push_back(std::move(w));
    warnings = std::move(seen);

    decoded.frames = out.frames();
    decoded.shape = out.shape();
    decoded.fd = out.seal();
    out.release();
    return decoded;
}
