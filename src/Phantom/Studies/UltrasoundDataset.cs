using System.Globalization;
using EchoClr.Dicom;
using EchoClr.Phantom.Rendering;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom.Studies;

/// <summary>The attributes of the Ultrasound Image and Ultrasound Multi-frame Image IODs (PS3.3 A.6, A.7) as a made-up machine writes them, all but the pixels.</summary>
internal static class UltrasoundDataset
{
    public static DicomDataset Create(PhantomStudy study, PhantomObject item)
    {
        var dataset = new DicomDataset();
        AddPatientAndStudy(dataset, study);
        AddSeriesAndEquipment(dataset, study, item);
        AddImage(dataset, study, item);
        if (item.IsCine)
            AddTiming(dataset, item.Video);
        if (item.Video.Vendor.HasRegions)
            dataset.SetSequence(DicomTags.SequenceOfUltrasoundRegions, Region(item));
        return dataset;
    }

    public static bool IsGrey(PhantomObject item) =>
        item.Video.Vendor.Monochrome && item.Kind is (PhantomObjectKind.BModeCine or PhantomObjectKind.BModeStill);

    private static void AddPatientAndStudy(DicomDataset dataset, PhantomStudy study)
    {
        var patient = study.Patient;
        dataset
            .Set(DicomTags.SpecificCharacterSet, "ISO_IR 100")
            .Set(DicomTags.PatientName, study.PatientName)
            .Set(DicomTags.PatientID, patient.PatientId)
            .Set(DicomTags.PatientBirthDate, study.PatientBirthDate.ToString("yyyyMMdd"))
            .Set(DicomTags.PatientSex, study.PatientSex)
            .Set(DicomTags.PatientComments, "Synthetic: this patient does not exist")
            .Set(DicomTags.StudyInstanceUID, study.StudyInstanceUid)
            .Set(DicomTags.StudyDate, Date(study.StudyTime))
            .Set(DicomTags.StudyTime, Time(study.StudyTime))
            .SetEmpty(DicomTags.ReferringPhysicianName)
            .Set(DicomTags.StudyID, $"P{patient.Number:D5}")
            .Set(DicomTags.AccessionNumber, $"PH{patient.Seed % 1_000_000}-{patient.Number:D5}")
            .Set(DicomTags.StudyDescription, "Synthetic echocardiogram (phantom)");
    }

    private static void AddSeriesAndEquipment(DicomDataset dataset, PhantomStudy study, PhantomObject item)
    {
        var vendor = item.Video.Vendor;
        dataset
            .Set(DicomTags.Modality, "US")
            .Set(DicomTags.SeriesInstanceUID, study.SeriesInstanceUid)
            .Set(DicomTags.SeriesNumber, 1)
            .SetEmpty(DicomTags.Laterality)
            .Set(DicomTags.SeriesDescription, "Synthetic phantom, not a person")
            .Set(DicomTags.Manufacturer, vendor.Manufacturer)
            .Set(DicomTags.ManufacturerModelName, vendor.Model)
            .Set(DicomTags.InstitutionName, "EchoClr Phantom")
            .Set(DicomTags.StationName, "PHANTOM");
        if (vendor.SoftwareVersions.Length > 0)
            dataset.Set(DicomTags.SoftwareVersions, vendor.SoftwareVersions);
    }

    private static void AddImage(DicomDataset dataset, PhantomStudy study, PhantomObject item)
    {
        var vendor = item.Video.Vendor;
        var taken = study.StudyTime.AddSeconds(25 * item.Number);
        var grey = IsGrey(item);
        dataset
            .Set(DicomTags.SOPClassUID, item.IsCine ? SopClasses.UltrasoundMultiFrameImageStorage : SopClasses.UltrasoundImageStorage)
            .Set(DicomTags.SOPInstanceUID, study.SopInstanceUid(item))
            .Set(DicomTags.InstanceNumber, item.Number)
            .SetEmpty(DicomTags.PatientOrientation)
            .Set(DicomTags.ContentDate, Date(taken))
            .Set(DicomTags.ContentTime, Time(taken))
            .Set(DicomTags.AcquisitionDateTime, Date(taken) + Time(taken))
            .Set(DicomTags.ImageType, vendor.HasImageType4 ? ["ORIGINAL", "PRIMARY", "TTE", ModeOf(item.Kind)] : ["DERIVED", "PRIMARY"])
            .Set(DicomTags.SamplesPerPixel, grey ? 1 : 3)
            .Set(DicomTags.PhotometricInterpretation, grey ? "MONOCHROME2" : "YBR_FULL_422")
            .Set(DicomTags.Rows, vendor.Rows)
            .Set(DicomTags.Columns, vendor.Columns)
            .Set(DicomTags.BitsAllocated, 8)
            .Set(DicomTags.BitsStored, 8)
            .Set(DicomTags.HighBit, 7)
            .Set(DicomTags.PixelRepresentation, 0)
            .Set(DicomTags.UltrasoundColorDataPresent, item.Kind == PhantomObjectKind.ColourCine ? 1 : 0)
            .Set(DicomTags.BurnedInAnnotation, "YES")
            .Set(DicomTags.LossyImageCompression, "01")
            .Set(DicomTags.LossyImageCompressionMethod, "ISO_10918_1")
            .Set(DicomTags.TransducerType, "SECTOR_PHASED")
            .Set(DicomTags.HeartRate, (int)MathF.Round(item.Video.HeartRate));
        if (!grey)
            dataset.Set(DicomTags.PlanarConfiguration, 0);
        if (vendor.AspectPair is { } aspect)
            dataset.Set(DicomTags.PixelAspectRatio, aspect.Vertical, aspect.Horizontal);
    }

    private static void AddTiming(DicomDataset dataset, PhantomVideo video)
    {
        var times = video.FrameTimes;
        dataset.Set(DicomTags.NumberOfFrames, times.Count).Set(DicomTags.StartTrim, 1).Set(DicomTags.StopTrim, times.Count);
        var step = (times[1] - times[0]).TotalMilliseconds;
        switch (video.Vendor.Timing)
        {
            case FrameTiming.UnevenFrameTimeVector:
                var increments = new string[times.Count];
                // Some real machines give the first frame an increment too, although it has no predecessor.
                increments[0] = video.Vendor.Ticks == 50 ? Decimal(step) : "0";
                for (var k = 1; k < times.Count; k++)
                    increments[k] = Decimal((times[k] - times[k - 1]).TotalMilliseconds);
                dataset.Set(DicomTags.FrameTimeVector, increments).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTimeVector);
                break;
            case FrameTiming.WholeMilliseconds:
                dataset.Set(DicomTags.FrameTime, Decimal(step)).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTime)
                    .Set(DicomTags.CineRate, (int)Math.Round(1000.0 / step)).Set(DicomTags.RecommendedDisplayFrameRate, (int)Math.Round(1000.0 / step));
                break;
            default:
                dataset.Set(DicomTags.FrameTime, Decimal(step)).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTime);
                break;
        }
    }

    private static DicomDataset Region(PhantomObject item)
    {
        var vendor = item.Video.Vendor;
        var layout = PictureLayout.For(vendor, item.Video.Settings.Sector, 1);
        if (item.Kind is PhantomObjectKind.MModeStill or PhantomObjectKind.SpectralStill)
        {
            var trace = StillPicture.TraceRegion(vendor);
            var spectral = item.Kind == PhantomObjectKind.SpectralStill;
            return Place(trace.X0, trace.Y0, trace.X1, trace.Y1)
                .Set(DicomTags.RegionSpatialFormat, spectral ? 3 : 2)
                .Set(DicomTags.RegionDataType, spectral ? 4 : 1)
                .Set(DicomTags.PhysicalUnitsXDirection, 4) // seconds
                .Set(DicomTags.PhysicalUnitsYDirection, spectral ? 7 : 3) // cm/s, cm
                .Set(DicomTags.PhysicalDeltaX, trace.SecondsPerPixel)
                .Set(DicomTags.PhysicalDeltaY, spectral ? 650.0 / (trace.Y1 - trace.Y0) : item.Video.Settings.Sector.Depth / (trace.Y1 - trace.Y0));
        }

        var colour = item.Kind == PhantomObjectKind.ColourCine && vendor.SaysColourRegion;
        return Place(layout.Left, layout.Top, layout.Right, layout.Bottom)
            .Set(DicomTags.RegionSpatialFormat, 1)
            .Set(DicomTags.RegionDataType, colour ? 2 : 1)
            .Set(DicomTags.PhysicalUnitsXDirection, 3)
            .Set(DicomTags.PhysicalUnitsYDirection, 3)
            .Set(DicomTags.PhysicalDeltaX, 1.0 / layout.PixelsPerCm.X)
            .Set(DicomTags.PhysicalDeltaY, 1.0 / layout.PixelsPerCm.Y)
            .Set(DicomTags.ReferencePixelX0, (int)layout.Apex.X - layout.Left)
            .Set(DicomTags.ReferencePixelY0, 0);
    }

    private static DicomDataset Place(int x0, int y0, int x1, int y1) => new DicomDataset()
        .Set(DicomTags.RegionFlags, 2)
        .Set(DicomTags.RegionLocationMinX0, x0)
        .Set(DicomTags.RegionLocationMinY0, y0)
        .Set(DicomTags.RegionLocationMaxX1, x1)
        .Set(DicomTags.RegionLocationMaxY1, y1);

    /// <summary>ImageType value 4 (PS3.3 C.8.5.6.1.1): a bit for each mode.</summary>
    private static string ModeOf(PhantomObjectKind kind) => kind switch
    {
        PhantomObjectKind.ColourCine => "0011",
        PhantomObjectKind.MModeStill => "0003",
        PhantomObjectKind.SpectralStill => "0019",
        _ => "0001",
    };

    private static string Date(DateTime time) => time.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static string Time(DateTime time) => time.ToString("HHmmss", CultureInfo.InvariantCulture);

    private static string Decimal(double milliseconds) => milliseconds.ToString("0.###", CultureInfo.InvariantCulture);
}
