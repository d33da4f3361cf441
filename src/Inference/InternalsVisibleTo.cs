using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("EchoClr.Inference.Tests")]
