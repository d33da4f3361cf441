#include "decode.h"

#include <cstring>
#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace {

struct Source {
    const std::vector<uint8_t>& bytes;
    size_t at = 0;
};

int read_source(void* opaque, uint8_t* buffer, int size)
{
    auto* s = static_cast<Source*>(opaque);
    size_t n = std::min(size_t(size), s->bytes.size() - s->at);
    if (n == 0)
        return AVERROR_EOF;
    memcpy(buffer, s->bytes.data() + s->at, n);
    s->at += n;
    return int(n);
}

int64_t seek_source(void* opaque, int64_t offset, int whence)
{
    auto* s = static_cast<Source*>(opaque);
    const auto size = int64_t(s->bytes.size());
    if (whence == AVSEEK_SIZE)
        return size;
    int64_t to = whence == SEEK_CUR ? int64_t(s->at) + offset : whence == SEEK_END ? size + offset : offset;
    if (to < 0 || to > size)
        return AVERROR(EINVAL);
    s->at = size_t(to);
    return to;
}

struct Closer {
    void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
    void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
    void operator()(AVIOContext* p) const { av_freep(&p->buffer), avio_context_free(&p); }
    void operator()(AVPacket* p) const { av_packet_free(&p); }
    void operator()(AVFrame* p) const { av_frame_free(&p); }
    void operator()(SwsContext* p) const { sws_freeContext(p); }
};
template <typename T> using Owned = std::unique_ptr<T, Closer>;

Owned<AVFormatContext> open_container(AVIOContext* io)
{
    AVFormatContext* raw = avformat_alloc_context();
    raw->pb = io;
    AVDictionary* options = nullptr;
    // Only what DICOM's video syntaxes hold (PS3.5 8.2.5 to 8.2.8), and nothing that could open another file.
    av_dict_set(&options, "format_whitelist", "mpegvideo,mpeg,mpegts,h264,hevc,mov", 0);
    av_dict_set(&options, "protocol_whitelist", "", 0);
    av_dict_set(&options, "ignore_editlist", "1", 0); // every frame of an MP4 counts, also those its edit list would not show
    int result = avformat_open_input(&raw, nullptr, nullptr, &options); // frees raw when it fails
    av_dict_free(&options);
    if (result < 0)
        throw DecodeError("the video stream is of no known container");
    return Owned<AVFormatContext>(raw);
}

Owned<AVCodecContext> open_decoder(const AVCodecParameters* parameters)
{
    if (parameters->codec_id != AV_CODEC_ID_MPEG2VIDEO && parameters->codec_id != AV_CODEC_ID_H264 && parameters->codec_id != AV_CODEC_ID_HEVC)
        throw DecodeError("the video stream is neither MPEG-2, H.264 nor HEVC");
    const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
    Owned<AVCodecContext> decoder(codec ? avcodec_alloc_context3(codec) : nullptr);
    if (!decoder || avcodec_parameters_to_context(decoder.get(), parameters) < 0)
        throw DecodeError("FFmpeg here has no decoder for the video stream");
    decoder->thread_count = 1; // within the memory limit, and the same pixels every time
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0)
        throw DecodeError("the video decoder does not start");
    return decoder;
}

/// Scales nothing: only changes YCbCr, of the range and matrix that the stream states, into RGB.
class ToRgb {
public:
    void operator()(const AVFrame* frame, uint8_t* out)
    {
        if (!context_ || frame->width != width_ || frame->height != height_ || frame->format != format_) {
            width_ = frame->width, height_ = frame->height, format_ = frame->format;
            context_.reset(sws_getContext(width_, height_, AVPixelFormat(format_), width_, height_, AV_PIX_FMT_RGB24,
                SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
            if (!context_)
                throw DecodeError("the video's pixel format is not known");
            bool full = frame->color_range == AVCOL_RANGE_JPEG;
            int matrix = frame->colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_ITU601;
            sws_setColorspaceDetails(context_.get(), sws_getCoefficients(matrix), full, sws_getCoefficients(matrix), 1, 0, 1 << 16, 1 << 16);
        }
        uint8_t* planes[] = {out};
        int strides[] = {3 * width_};
        sws_scale(context_.get(), frame->data, frame->linesize, 0, height_, planes, strides);
    }

private:
    Owned<SwsContext> context_;
    int width_ = 0, height_ = 0, format_ = -1;
};

} // namespace

void decode_video(const std::vector<Fragment>& fragments, FrameBuffer& out, std::vector<uint64_t>& missing)
{
    std::vector<uint8_t> stream;
    for (const Fragment& f : fragments)
        stream.insert(stream.end(), f.bytes.data, f.bytes.data + f.bytes.size);

    Source source{stream};
    constexpr int kBuffer = 1 << 16;
    Owned<AVIOContext> io(avio_alloc_context(static_cast<unsigned char*>(av_malloc(kBuffer)), kBuffer, 0, &source, read_source, nullptr, seek_source));
    Owned<AVFormatContext> container = open_container(io.get());
    if (avformat_find_stream_info(container.get(), nullptr) < 0)
        throw DecodeError("the video stream cannot be read");
    int index = av_find_best_stream(container.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index < 0)
        throw DecodeError("the pixel data hold no video stream");
    Owned<AVCodecContext> decoder = open_decoder(container->streams[index]->codecpar);

    Owned<AVPacket> packet(av_packet_alloc());
    Owned<AVFrame> frame(av_frame_alloc());
    ToRgb to_rgb;
    auto drain = [&] {
        while (avcodec_receive_frame(decoder.get(), frame.get()) == 0) {
            if (out.frames() + missing.size() >= kMaxFrames)
                throw DecodeError("more frames than the limit of " + std::to_string(kMaxFrames));
            if ((frame->flags & AV_FRAME_FLAG_CORRUPT) || frame->decode_error_flags) {
                missing.push_back(out.frames() + missing.size());
                continue;
            }
            Shape shape{uint32_t(frame->height), uint32_t(frame->width), 3};
            to_rgb(frame.get(), out.next(shape));
            out.keep();
        }
    };
    while (av_read_frame(container.get(), packet.get()) >= 0) {
        if (packet->stream_index == index && avcodec_send_packet(decoder.get(), packet.get()) == 0)
            drain();
        av_packet_unref(packet.get());
    }
    avcodec_send_packet(decoder.get(), nullptr);
    drain();
    if (out.frames() == 0)
        throw DecodeError("no frame of the video can be decoded");
}
