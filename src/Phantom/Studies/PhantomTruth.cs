using System.Globalization;
using System.Numerics;
using System.Text;

namespace EchoClr.Phantom.Studies;

/// <summary>The truth of a cohort as CSV: a line an object in <c>truth.csv</c>, a line a frame of each B-mode cine in <c>landmarks.csv</c>.</summary>
public static class PhantomTruth
{
    public const string FileName = "truth.csv";
    public const string LandmarksFileName = "landmarks.csv";

    public const string Header =
        "file,study_instance_uid,sop_instance_uid,patient_id,kind,scene,view,frames,rows,columns,manufacturer,as_severity,severe_as,wall_thickness_cm,lvh," +
        "heart_rate,frame_rate,gain_db,depth_cm,half_angle_deg,rotation_deg";

    public const string LandmarksHeader = "sop_instance_uid,frame,time_ms,aortic_valve_x,aortic_valve_y,septum_x,septum_y,posterior_wall_x,posterior_wall_y";

    public static string Line(PhantomStudy study, PhantomObject item, string file)
    {
        var (patient, video) = (study.Patient, item.Video);
        return string.Create(CultureInfo.InvariantCulture,
            $"{file},{study.StudyInstanceUid},{study.SopInstanceUid(item)},{patient.PatientId},{item.Kind},{video.Scene},{ViewName(item.View)}," +
            $"{(item.IsCine ? video.FrameTimes.Count : 1)},{video.Vendor.Rows},{video.Vendor.Columns},{video.Vendor.Manufacturer}," +
            $"{patient.AorticStenosis:F3},{(patient.HasSevereAorticStenosis ? 1 : 0)},{patient.WallThickness:F3},{(patient.HasHypertrophy ? 1 : 0)}," +
            $"{video.HeartRate:F1},{patient.FrameRate:F1},{video.Settings.GainDb:F2},{video.Settings.Sector.Depth:F2}," +
            $"{video.Settings.Sector.HalfAngle * 180 / MathF.PI:F1},{video.Rotation * 180 / MathF.PI:F1}");
    }

    public static string Landmarks(PhantomStudy study, PhantomObject item, IReadOnlyList<FrameTruth> truth)
    {
        var text = new StringBuilder();
        for (var k = 0; k < truth.Count; k++)
            text.Append(CultureInfo.InvariantCulture,
                $"{study.SopInstanceUid(item)},{k},{item.Video.FrameTimes[k].TotalMilliseconds:0.###},{Point(truth[k].AorticValve)},{Point(truth[k].Septum)},{Point(truth[k].PosteriorWall)}\n");
        return text.ToString();
    }

    /// <summary>The gate's name of a view: PLAX, PSAX, A4C, A2C, Other.</summary>
    public static string ViewName(PhantomView view) => view == PhantomView.Other ? "Other" : view.ToString().ToUpperInvariant();

    private static string Point(Vector2? point) => point is { } p ? string.Create(CultureInfo.InvariantCulture, $"{p.X:F1},{p.Y:F1}") : ",";
}
