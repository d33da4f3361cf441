using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EchoClr.Retraining.FineTune;

namespace EchoClr.Retraining.Cohorts;

/// <summary>
/// On which side a patient stands: decided by a hash of the patient's key and nothing else, so that no patient ever changes sides, whoever else comes or goes.
/// The shares are EchoCLR's. Neither they nor the salt may ever change: that would move patients who were trained on into the test.
/// </summary>
public static class CohortSplit
{
    private const double TrainingShare = 0.75, ValidationShare = 0.10;
    private const string Salt = "echoclr split 1\n";

    public static DataPart Of(string patientKey)
    {
        var place = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Salt + patientKey))) / Math.Pow(2, 64);
        return place < TrainingShare ? DataPart.Training : place < TrainingShare + ValidationShare ? DataPart.Validation : DataPart.Test;
    }
}
