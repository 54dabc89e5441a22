namespace NetPolNic.Agent.Commands;

/// <summary>How the matrix is found.</summary>
internal enum MatrixVia
{
    /// <summary>By the reference evaluator.</summary>
    Model,

    /// <summary>By packets through the emulated NIC and the fallback.</summary>
    Packets,
}
