using EchoClr.Dicom.FoDicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging;

namespace EchoClr.Dicom.Net;

/// <summary>The two DICOM ports as the package set has them (docs/adr/0002): fo-dicom here.</summary>
public static class DicomNetwork
{
    public static IDicomClient CreateClient(DicomClientOptions options, TimeProvider time) => new FoDicomClient(options, time);

    public static IDicomServer CreateServer(DicomServerOptions options, IDicomServerHandler handler, TimeProvider time, ILoggerFactory loggers) => new FoDicomServer(options, handler, time, loggers);
}
