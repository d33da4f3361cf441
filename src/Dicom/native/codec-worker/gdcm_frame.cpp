#include "decode.h"

#include <gdcmImage.h>
#include <gdcmSequenceOfFragments.h>

namespace {

/// GDCM decodes whole images: one frame is given to it as an image of one frame.
/// The photometric interpretation only tells it one component from three: it then leaves the samples as they are stored.
std::vector<uint8_t> decode_image(Span bytes, gdcm::TransferSyntax::TSType syntax, const RawFrame& form)
{
    const auto bits = uint16_t(form.bytes * 8);
    gdcm::Image image;
    image.SetNumberOfDimensions(2);
    image.SetDimension(0, form.columns);
    image.SetDimension(1, form.rows);
    image.SetPixelFormat(gdcm::PixelFormat(uint16_t(form.samples), bits, uint16_t(form.bits_stored), uint16_t(form.bits_stored - 1), form.is_signed));
    image.SetPhotometricInterpretation(form.samples == 3 ? gdcm::PhotometricInterpretation::RGB : gdcm::PhotometricInterpretation::MONOCHROME2);
    image.SetPlanarConfiguration(0);
    image.SetTransferSyntax(syntax);

    gdcm::SmartPointer<gdcm::SequenceOfFragments> fragments = new gdcm::SequenceOfFragments;
    gdcm::Fragment fragment;
    fragment.SetByteValue(reinterpret_cast<const char*>(bytes.data), uint32_t(bytes.size));
    fragments->AddFragment(fragment);
    gdcm::DataElement pixel_data(gdcm::Tag(0x7FE0, 0x0010));
    pixel_data.SetVR(gdcm::VR::OB);
    pixel_data.SetValue(*fragments);
    image.SetDataElement(pixel_data);

    const size_t size = size_t(form.rows) * form.columns * form.samples * form.bytes;
    if (image.GetBufferLength() != size)
        throw DecodeError("GDCM sees another size of frame");
    std::vector<uint8_t> samples(size);
    if (!image.GetBuffer(reinterpret_cast<char*>(samples.data())))
        throw DecodeError("GDCM cannot decode the frame");
    return samples;
}

} // namespace

std::vector<uint8_t> decode_by_gdcm(const Codestream& stream, const RawFrame& form)
{
    gdcm::TransferSyntax::TSType syntax = gdcm::TransferSyntax::JPEGExtendedProcess2_4;
    switch (stream.kind) {
    case Codestream::Kind::jpeg_lossless: syntax = gdcm::TransferSyntax::JPEGLosslessProcess14; break;
    case Codestream::Kind::jpeg_ls: syntax = gdcm::TransferSyntax::JPEGLSLossless; break;
    case Codestream::Kind::jpeg_2000: syntax = gdcm::TransferSyntax::JPEG2000Lossless; break;
    default: break;
    }
    return decode_image(stream.bytes, syntax, form);
}
