namespace EchoClr.Inference.Reporting;

/// <summary>Every code that our reports use. Meanings are part of the contract: OHIF and cornerstone match some of them as text.</summary>
internal static class Concepts
{
    /// <summary>Our private scheme; "99" marks it as local (PS3.3 8.2).</summary>
    public const string PrivateScheme = "99ECHOCLR";

    // Structure: TID 1500, 1204, 1001–1004, 1600, 1410, 1419, 4019.
    public static readonly Concept ImagingMeasurementReport = new("126000", "DCM", "Imaging Measurement Report");
    public static readonly Concept LanguageOfContent = new("121049", "DCM", "Language of Content Item and Descendants");
    public static readonly Concept CountryOfLanguage = new("121046", "DCM", "Country of Language");
    public static readonly Concept English = new("en", "RFC5646", "English");
    public static readonly Concept UnitedStates = new("US", "ISO3166_1", "United States");
    public static readonly Concept ObserverType = new("121005", "DCM", "Observer Type");
    public static readonly Concept Device = new("121007", "DCM", "Device");
    public static readonly Concept DeviceObserverUid = new("121012", "DCM", "Device Observer UID");
    public static readonly Concept DeviceObserverName = new("121013", "DCM", "Device Observer Name");
    public static readonly Concept DeviceObserverManufacturer = new("121014", "DCM", "Device Observer Manufacturer");
    public static readonly Concept DeviceObserverModelName = new("121015", "DCM", "Device Observer Model Name");
    public static readonly Concept DeviceObserverSerialNumber = new("121016", "DCM", "Device Observer Serial Number");
    public static readonly Concept ProcedureReported = new("121058", "DCM", "Procedure reported");
    public static readonly Concept ImageLibrary = new("111028", "DCM", "Image Library");
    public static readonly Concept ImageLibraryGroup = new("126200", "DCM", "Image Library Group");
    public static readonly Concept Modality = new("121139", "DCM", "Modality");
    public static readonly Concept Ultrasound = new("US", "DCM", "Ultrasound");
    public static readonly Concept ImageView = new("111031", "DCM", "Image View");
    public static readonly Concept ImagingMeasurements = new("126010", "DCM", "Imaging Measurements");
    public static readonly Concept MeasurementGroup = new("125007", "DCM", "Measurement Group");
    public static readonly Concept QualitativeEvaluations = new("C0034375", "UMLS", "Qualitative Evaluations");
    public static readonly Concept TrackingIdentifier = new("112039", "DCM", "Tracking Identifier");
    public static readonly Concept TrackingUniqueIdentifier = new("112040", "DCM", "Tracking Unique Identifier");
    public static readonly Concept Finding = new("121071", "DCM", "Finding");
    public static readonly Concept ImageRegion = new("111030", "DCM", "Image Region");
    public static readonly Concept VisualExplanation = new("130401", "DCM", "Visual explanation");
    public static readonly Concept FindingSite = new("363698007", "SCT", "Finding Site");
    public static readonly Concept AlgorithmName = new("111001", "DCM", "Algorithm Name");
    public static readonly Concept AlgorithmVersion = new("111003", "DCM", "Algorithm Version");
    public static readonly Concept AlgorithmParameters = new("111002", "DCM", "Algorithm Parameters");
    public static readonly Concept Probability = new("122157", "DCM", "Probability");
    public static readonly Concept EquivalentMeaning = new("121050", "DCM", "Equivalent Meaning of Concept Name");
    public static readonly Concept Severity = new("246112005", "SCT", "Severity");
    public static readonly Concept Comment = new("121106", "DCM", "Comment");
    public static readonly Concept NarrativeSummary = new("111412", "DCM", "Narrative Summary");
    public static readonly Concept ProcessingEquipment = new("109102", "DCM", "Processing Equipment");
    public static readonly Concept SourceImageForProcessing = new("121322", "DCM", "Source image for image processing operation");

    // The text report that says why a study was not analysed: TID 2000.
    public static readonly Concept DiagnosticImagingReport = new("18748-4", "LN", "Diagnostic Imaging Report");
    public static readonly Concept Conclusions = new("121076", "DCM", "Conclusions");
    public static readonly Concept Conclusion = new("121077", "DCM", "Conclusion");

    // The rejection note: TID 2010, CID 7010.
    public static readonly Concept RejectedForQuality = new("113001", "DCM", "Rejected for Quality Reasons");
    public static readonly Concept RejectedForPatientSafety = new("113037", "DCM", "Rejected for Patient Safety Reasons");
    public static readonly Concept KeyObjectDescription = new("113012", "DCM", "Key Object Description");

    // Clinical concepts and values.
    public static readonly Concept Percent = new("%", "UCUM", "Percent");
    public static readonly Concept Present = new("52101004", "SCT", "Present");
    public static readonly Concept Absent = new("272519000", "SCT", "Absent");
    public static readonly Concept Severe = new("24484000", "SCT", "Severe");
    public static readonly Concept AorticStenosis = new("60573004", "SCT", "Aortic stenosis");
    /// <summary>Private: "severe AS absent" must never be coded as "AS absent", and SNOMED CT has no pre-coordinated severe AS that we know of.</summary>
    public static readonly Concept SevereAorticStenosis = new("SEV-AS", PrivateScheme, "Severe aortic stenosis");
    public static readonly Concept LeftVentricularHypertrophy = new("55827005", "SCT", "Left ventricular hypertrophy");
    public static readonly Concept AorticValve = new("34202007", "SCT", "Aortic Valve");
    public static readonly Concept LeftVentricle = new("87878005", "SCT", "Left Ventricle");
    /// <summary>The only echo-like member of CID 100, which validators treat as closed.</summary>
    public static readonly Concept ImagingProcedure = new("363679005", "SCT", "Imaging procedure");
    public static readonly Concept TransthoracicEchocardiography = new("433236007", "SCT", "Transthoracic echocardiography");

    /// <summary>The CID 12226 code of a view class of the view gate; a private code where CID 12226 has none.</summary>
    public static Concept View(string viewClass) => viewClass switch
    {
        "PLAX" => new("399139001", "SCT", "Parasternal long axis"),
        "PSAX" => new("399306005", "SCT", "Parasternal short axis"),
        "A4C" => new("399214001", "SCT", "Apical four chamber"),
        "A2C" => new("399232001", "SCT", "Apical two chamber"),
        _ => new("VIEW-OTHER", PrivateScheme, "Other view"),
    };
}
