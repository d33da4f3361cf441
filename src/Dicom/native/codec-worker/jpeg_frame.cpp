// JPEG with 8 bits and a cosine transform is what nearly every echo cine is: libjpeg-turbo decodes it several times faster than GDCM's own
// IJG library, bit for bit the same, and says when the entropy-coded data are damaged.
#include "decode.h"

#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>
#include <jerror.h>

namespace {

struct ErrorState {
    jpeg_error_mgr base;
    jmp_buf escape;
    char reason[JMSG_LENGTH_MAX];
    bool damaged;
};

void on_error(j_common_ptr cinfo)
{
    auto* state = reinterpret_cast<ErrorState*>(cinfo->err);
    cinfo->err->format_message(cinfo, state->reason);
    longjmp(state->escape, 1);
}

/// Warnings that mean lost pixels; the others (padding between segments, an odd JFIF version) are harmless and common.
void on_message(j_common_ptr cinfo, int level)
{
    auto* state = reinterpret_cast<ErrorState*>(cinfo->err);
    int code = cinfo->err->msg_code;
    bool damage = code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_JPEG_EOF || code == JWRN_MUST_RESYNC || code == JWRN_BOGUS_PROGRESSION;
    if (level < 0 && damage && !state->damaged) {
        state->damaged = true;
        cinfo->err->format_message(cinfo, state->reason);
    }
}

/// Plain C within, since errors arrive by longjmp: nothing here may need a destructor.
bool decode(const Span& bytes, bool ybr, const Shape& shape, uint8_t* out, ErrorState& state)
{
    jpeg_decompress_struct cinfo{};
    cinfo.err = jpeg_std_error(&state.base);
    state.base.error_exit = on_error;
    state.base.emit_message = on_message;
    if (setjmp(state.escape)) {
        jpeg_destroy_decompress(&cinfo);
        return false;
    }
    jpeg_create_decompress(&cinfo);
    jpeg_mem_src(&cinfo, bytes.data, bytes.size);
    jpeg_read_header(&cinfo, TRUE);
    if (cinfo.image_height != shape.rows || cinfo.image_width != shape.columns || uint32_t(cinfo.num_components) != shape.samples) {
        snprintf(state.reason, sizeof state.reason, "the JPEG stream has two frame headers");
        longjmp(state.escape, 1);
    }
    if (shape.samples == 3) {
        cinfo.jpeg_color_space = ybr ? JCS_YCbCr : JCS_RGB;
        cinfo.out_color_space = JCS_RGB;
    } else {
        cinfo.jpeg_color_space = cinfo.out_color_space = JCS_GRAYSCALE;
    }
    cinfo.dct_method = JDCT_ISLOW; // exact integers: the same pixels on every machine
    jpeg_start_decompress(&cinfo);
    while (cinfo.output_scanline < cinfo.output_height) {
        JSAMPROW row = out + size_t(cinfo.output_scanline) * shape.columns * shape.samples;
        jpeg_read_scanlines(&cinfo, &row, 1);
    }
    jpeg_finish_decompress(&cinfo);
    jpeg_destroy_decompress(&cinfo);
    return !state.damaged;
}

} // namespace

void decode_jpeg(const Codestream& stream, bool ybr, const Shape& shape, uint8_t* out)
{
    ErrorState state{};
    if (!decode(stream.bytes, ybr, shape, out, state))
        throw DecodeError(state.reason);
}
