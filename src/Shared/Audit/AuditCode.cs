namespace EchoClr.Shared.Audit;

/// <summary>A coded value of an audit message: code, coding scheme and meaning (PS3.15 A.5.1, CodedValueType).</summary>
public sealed record AuditCode(string Code, string System, string Meaning)
{
    // Audit Event IDs: PS3.16 CID 400.
    public static readonly AuditCode ApplicationActivity = Dicom("110100", "Application Activity");
    public static readonly AuditCode AuditLogUsed = Dicom("110101", "Audit Log Used");
    public static readonly AuditCode BeginTransferringInstances = Dicom("110102", "Begin Transferring DICOM Instances");
    public static readonly AuditCode InstancesAccessed = Dicom("110103", "DICOM Instances Accessed");
    public static readonly AuditCode InstancesTransferred = Dicom("110104", "DICOM Instances Transferred");
    public static readonly AuditCode StudyDeleted = Dicom("110105", "DICOM Study Deleted");
    public static readonly AuditCode Query = Dicom("110112", "Query");
    public static readonly AuditCode SecurityAlert = Dicom("110113", "Security Alert");
    public static readonly AuditCode UserAuthentication = Dicom("110114", "User Authentication");

    // Audit Event Type Codes: PS3.16 CID 401.
    public static readonly AuditCode ApplicationStart = Dicom("110120", "Application Start");
    public static readonly AuditCode ApplicationStop = Dicom("110121", "Application Stop");
    public static readonly AuditCode Login = Dicom("110122", "Login");
    public static readonly AuditCode Logout = Dicom("110123", "Logout");
    public static readonly AuditCode NodeAuthentication = Dicom("110126", "Node Authentication");
    public static readonly AuditCode NetworkConfiguration = Dicom("110128", "Network Configuration");
    public static readonly AuditCode SecurityRolesChanged = Dicom("110136", "Security Roles Changed");
    public static readonly AuditCode SoftwareConfiguration = Dicom("110131", "Software Configuration");
    public static readonly AuditCode UseOfRestrictedFunction = Dicom("110132", "Use of Restricted Function");

    // Active Participant Role ID Codes: PS3.16 CID 402.
    public static readonly AuditCode Application = Dicom("110150", "Application");
    public static readonly AuditCode ApplicationLauncher = Dicom("110151", "Application Launcher");
    public static readonly AuditCode Destination = Dicom("110152", "Destination Role ID");
    public static readonly AuditCode Source = Dicom("110153", "Source Role ID");

    // Participant Object ID Type Codes: PS3.16 CID 404, and RFC 3881 section 5.5.4 for what it took over.
    public static readonly AuditCode StudyInstanceUid = Dicom("110180", "Study Instance UID");
    public static readonly AuditCode SopClassUid = Dicom("110181", "SOP Class UID");
    public static readonly AuditCode NodeId = Dicom("110182", "Node ID");
    public static readonly AuditCode PatientNumber = new("2", "RFC-3881", "Patient Number");
    public static readonly AuditCode Uri = new("12", "RFC-3881", "URI");

    private static AuditCode Dicom(string code, string meaning) => new(code, "DCM", meaning);
}
