namespace NetPolNic.Offload.Capabilities;

/// <summary>What L4 items do on IP fragments.</summary>
public enum FragmentL4 : byte
{
    /// <summary>They match a first fragment like a whole packet, and no later one.</summary>
    First,

    /// <summary>They miss on every fragment, the first included.</summary>
    Miss,

    /// <summary>They match a first fragment; one without ports or flags is the protocol alone, and matches every fragment.</summary>
    Any,

    /// <summary>Not known: any of these.</summary>
    Unknown,
}
