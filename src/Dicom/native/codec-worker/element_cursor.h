// Walks over the elements of a data set, in place; every read is checked against its end.
#pragma once

#include "dataset.h"

#include <cstring>

constexpr uint32_t kUndefined = 0xFFFFFFFF;
constexpr uint32_t kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD;
constexpr int kMaxDepth = 64; // of nested sequences; real studies stay below ten

struct Element {
    uint32_t tag = 0;
    char vr[3] = "UN";
    uint32_t length = 0;
};

class Cursor {
public:
    Cursor(Span bytes, Encoding encoding) : bytes_(bytes), encoding_(encoding) {}

    size_t left() const { return bytes_.size - at_; }
    Span rest() const { return bytes_.from(at_, left()); }

    uint16_t u16(size_t offset) const
    {
        const uint8_t* p = bytes_.from(at_ + offset, 2).data;
        return encoding_ == Encoding::explicit_big ? uint16_t(p[0] << 8 | p[1]) : uint16_t(p[1] << 8 | p[0]);
    }
    uint32_t u32(size_t offset) const
    {
        return encoding_ == Encoding::explicit_big ? uint32_t(u16(offset)) << 16 | u16(offset + 2) : uint32_t(u16(offset + 2)) << 16 | u16(offset);
    }

    Element next()
    {
        if (left() < 8)
            throw DecodeError("the data set ends inside an element");
        Element e;
        e.tag = uint32_t(u16(0)) << 16 | u16(2);
        bool delimiter = (e.tag >> 16) == 0xFFFE; // has no VR in any syntax: PS3.5 7.5
        if (encoding_ == Encoding::implicit_little || delimiter) {
            e.length = u32(4);
            at_ += 8;
            return e;
        }
        memcpy(e.vr, bytes_.data + at_ + 4, 2);
        if (has_long_form(e.vr)) {
            if (left() < 12)
                throw DecodeError("the data set ends inside an element");
            e.length = u32(8);
            at_ += 12;
        } else {
            e.length = u16(6);
            at_ += 8;
        }
        return e;
    }

    Span take(size_t count)
    {
        Span s = bytes_.from(at_, count);
        at_ += count;
        return s;
    }

    /// Passes over the value of an element, whatever is nested in it.
    void skip(const Element& e, int depth = 0)
    {
        if (depth > kMaxDepth)
            throw DecodeError("sequences are nested deeper than " + std::to_string(kMaxDepth));
        if (e.length != kUndefined) {
            if (e.length > left())
                throw DecodeError("an element runs past the end of the file");
            at_ += e.length;
            return;
        }
        // A sequence of unknown VR holds implicit little endian: PS3.5 6.2.2 note 2.
        Encoding outer = encoding_;
        if (strcmp(e.vr, "UN") == 0 && encoding_ != Encoding::implicit_little)
            encoding_ = Encoding::implicit_little;
        for (;;) {
            Element item = next();
            if (item.tag == kSequenceEnd)
                break;
            if (item.tag != kItem)
                throw DecodeError("a sequence holds something that is not an item");
            if (item.length != kUndefined) {
                skip(item, depth + 1);
                continue;
            }
            for (Element inner = next(); inner.tag != kItemEnd; inner = next())
                skip(inner, depth + 1);
        }
        encoding_ = outer;
    }

    /// PS3.5 7.1.2: these VRs have two reserved bytes and a 32-bit length.
    static bool has_long_form(const char* vr)
    {
        static const char* const kLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV ";
        for (const char* p = kLong; *p; p += 3)
            if (p[0] == vr[0] && p[1] == vr[1])
                return true;
        return false;
    }

private:
    Span bytes_;
    Encoding encoding_;
    size_t at_ = 0;
};
