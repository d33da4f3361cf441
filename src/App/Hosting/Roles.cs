namespace EchoClr.App.Hosting;

/// <summary>What a process does. <c>up</c> does all of it; <c>run ROLE</c> one.</summary>
[Flags]
internal enum Roles
{
    None = 0,
    Ingest = 1,
    Inference = 2,
    Portal = 4,
    Retraining = 8,
    All = Ingest | Inference | Portal | Retraining,
}
