// One file to frames.
#pragma once

#include "answer.h"
#include "codestream.h"
#include "colour.h"
#include "dataset.h"
#include "encapsulated.h"
#include "frame_buffer.h"

/// The whole job of a request. The descriptor in the answer is the caller's to close.
Decoded decode_file(const std::string& path, const Limits& limits, Warnings& warnings);

/// Uncompressed pixel data.
void decode_native(const PixelFacts& facts, FrameBuffer& out, Warnings& warnings);

/// MPEG-2, H.264 or HEVC: one stream, however it is cut into fragments. Numbers of frames that the decoder marks damaged go to missing.
void decode_video(const std::vector<Fragment>& fragments, FrameBuffer& out, std::vector<uint64_t>& missing);

/// JPEG of 8 bits with a discrete cosine transform, by libjpeg-turbo; out has shape's size. DecodeError when the data are damaged.
void decode_jpeg(const Codestream& stream, bool ybr, const Shape& shape, uint8_t* out);

/// Lossless and 12-bit JPEG, JPEG-LS and JPEG 2000, by GDCM: the stored samples, interleaved.
std::vector<uint8_t> decode_by_gdcm(const Codestream& stream, const RawFrame& form);

/// The stored samples, interleaved, of a frame whose form the data set states.
std::vector<uint8_t> decode_rle(Span bytes, const RawFrame& form);
