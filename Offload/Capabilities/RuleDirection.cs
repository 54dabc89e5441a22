namespace NetPolNic.Offload.Capabilities;

/// <summary>The attribute that a NIC's rules stand under.</summary>
public enum RuleDirection : byte
{
    /// <summary>Packets that come into the port.</summary>
    Ingress,

    /// <summary>Packets inside the NIC's own switch; this version writes no such rules, so nothing is used.</summary>
    Transfer,
}
