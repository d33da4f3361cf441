using static EchoClr.Dicom.Net.UpperLayer.UpperLayerAction;

namespace EchoClr.Dicom.Net.UpperLayer;

/// <summary>The states of PS3.8 Tables 9-1 to 9-5.</summary>
internal enum UpperLayerState
{
    /// <summary>Idle: no association, no transport connection.</summary>
    Sta1 = 1,
    /// <summary>Transport connection open, awaiting an A-ASSOCIATE-RQ PDU.</summary>
    Sta2,
    /// <summary>Awaiting the local A-ASSOCIATE response primitive.</summary>
    Sta3,
    /// <summary>Awaiting the transport connection to complete.</summary>
    Sta4,
    /// <summary>Awaiting an A-ASSOCIATE-AC or A-ASSOCIATE-RJ PDU.</summary>
    Sta5,
    /// <summary>Association established and ready for data transfer.</summary>
    Sta6,
    /// <summary>Awaiting an A-RELEASE-RP PDU.</summary>
    Sta7,
    /// <summary>Awaiting the local A-RELEASE response primitive.</summary>
    Sta8,
    /// <summary>Release collision, requestor side; awaiting the local A-RELEASE response.</summary>
    Sta9,
    /// <summary>Release collision, acceptor side; awaiting an A-RELEASE-RP PDU.</summary>
    Sta10,
    /// <summary>Release collision, requestor side; awaiting an A-RELEASE-RP PDU.</summary>
    Sta11,
    /// <summary>Release collision, acceptor side; awaiting the local A-RELEASE response.</summary>
    Sta12,
    /// <summary>Awaiting the transport connection to close; the association no longer exists.</summary>
    Sta13,
}

/// <summary>The events of PS3.8 Table 9-10, by its row numbers.</summary>
internal enum UpperLayerEvent
{
    AssociateRequest = 1,
    TransportConnectConfirmed,
    AssociateAcReceived,
    AssociateRjReceived,
    TransportConnectIndicated,
    AssociateRqReceived,
    AssociateResponseAccept,
    AssociateResponseReject,
    DataRequest,
    DataReceived,
    ReleaseRequest,
    ReleaseRqReceived,
    ReleaseRpReceived,
    ReleaseResponse,
    AbortRequest,
    AbortReceived,
    TransportClosed,
    ArtimExpired,
    InvalidPduReceived,
}

/// <summary>The actions of PS3.8 Tables 9-6 to 9-9. <see cref="None"/> stands for a blank cell: an event that cannot happen there.</summary>
internal enum UpperLayerAction
{
    None,
    AE1, AE2, AE3, AE4, AE5, AE6, AE7, AE8,
    DT1, DT2,
    AR1, AR2, AR3, AR4, AR5, AR6, AR7, AR8, AR9, AR10,
    AA1, AA2, AA3, AA4, AA5, AA6, AA7, AA8,
}

/// <summary>PS3.8 Table 9-10, the whole upper layer protocol as one table. Read it beside the standard: same rows, same columns.</summary>
internal static class StateTable
{
    private const UpperLayerAction ____ = None;

    private static readonly UpperLayerAction[][] Rows =
    [
        //            Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10 Sta11 Sta12 Sta13
        /* Evt1  */ [ AE1,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____ ], // A-ASSOCIATE request (local user)
        /* Evt2  */ [ ____, ____, ____, AE2,  ____, ____, ____, ____, ____, ____, ____, ____, ____ ], // transport connect confirmation
        /* Evt3  */ [ ____, AA1,  AA8,  ____, AE3,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA6  ], // A-ASSOCIATE-AC PDU received
        /* Evt4  */ [ ____, AA1,  AA8,  ____, AE4,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA6  ], // A-ASSOCIATE-RJ PDU received
        /* Evt5  */ [ AE5,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____ ], // transport connection indication
        /* Evt6  */ [ ____, AE6,  AA8,  ____, AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA7  ], // A-ASSOCIATE-RQ PDU received
        /* Evt7  */ [ ____, ____, AE7,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____ ], // A-ASSOCIATE response (accept)
        /* Evt8  */ [ ____, ____, AE8,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____ ], // A-ASSOCIATE response (reject)
        /* Evt9  */ [ ____, ____, ____, ____, ____, DT1,  ____, AR7,  ____, ____, ____, ____, ____ ], // P-DATA request (local user)
        /* Evt10 */ [ ____, AA1,  AA8,  ____, AA8,  DT2,  AR6,  AA8,  AA8,  AA8,  AA8,  AA8,  AA6  ], // P-DATA-TF PDU received
        /* Evt11 */ [ ____, ____, ____, ____, ____, AR1,  ____, ____, ____, ____, ____, ____, ____ ], // A-RELEASE request (local user)
        /* Evt12 */ [ ____, AA1,  AA8,  ____, AA8,  AR2,  AR8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA6  ], // A-RELEASE-RQ PDU received
        /* Evt13 */ [ ____, AA1,  AA8,  ____, AA8,  AA8,  AR3,  AA8,  AA8,  AR10, AR3,  AA8,  AA6  ], // A-RELEASE-RP PDU received
        /* Evt14 */ [ ____, ____, ____, ____, ____, ____, ____, AR4,  AR9,  ____, ____, AR4,  ____ ], // A-RELEASE response (local user)
        /* Evt15 */ [ ____, ____, AA1,  AA2,  AA1,  AA1,  AA1,  AA1,  AA1,  AA1,  AA1,  AA1,  ____ ], // A-ABORT request (local user)
        /* Evt16 */ [ ____, AA2,  AA3,  ____, AA3,  AA3,  AA3,  AA3,  AA3,  AA3,  AA3,  AA3,  AA2  ], // A-ABORT PDU received
        /* Evt17 */ [ ____, AA5,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AR5  ], // transport connection closed
        /* Evt18 */ [ ____, AA2,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, AA2  ], // ARTIM timer expired
        /* Evt19 */ [ ____, AA1,  AA8,  ____, AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA7  ], // unrecognized or invalid PDU received
    ];

    /// <summary>The cell of Table 9-10 for this event in this state.</summary>
    public static UpperLayerAction ActionFor(UpperLayerEvent @event, UpperLayerState state) => Rows[(int)@event - 1][(int)state - 1];

    /// <summary>
    /// The "next state" column of Tables 9-6 to 9-9. Two actions fork: AE-6 (Sta3 when the request is acceptable, else Sta13) and
    /// AR-8 (Sta9 for the requestor of the association, Sta10 for its acceptor).
    /// </summary>
    public static UpperLayerState NextState(UpperLayerAction action, bool acceptable, bool requestor) => action switch
    {
        AE1 => UpperLayerState.Sta4,
        AE2 => UpperLayerState.Sta5,
        AE3 => UpperLayerState.Sta6,
        AE4 => UpperLayerState.Sta1,
        AE5 => UpperLayerState.Sta2,
        AE6 => acceptable ? UpperLayerState.Sta3 : UpperLayerState.Sta13,
        AE7 => UpperLayerState.Sta6,
        AE8 => UpperLayerState.Sta13,
        DT1 or DT2 => UpperLayerState.Sta6,
        AR1 or AR6 => UpperLayerState.Sta7,
        AR2 or AR7 => UpperLayerState.Sta8,
        AR3 or AR5 => UpperLayerState.Sta1,
        AR4 => UpperLayerState.Sta13,
        AR8 => requestor ? UpperLayerState.Sta9 : UpperLayerState.Sta10,
        AR9 => UpperLayerState.Sta11,
        AR10 => UpperLayerState.Sta12,
        AA1 or AA6 or AA7 or AA8 => UpperLayerState.Sta13,
        AA2 or AA3 or AA4 or AA5 => UpperLayerState.Sta1,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "not an action of PS3.8"),
    };
}
