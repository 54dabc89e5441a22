namespace NetPolNic.Offload.Capabilities;

/// <summary>What L4 items do on IP fragments. A later fragment never matches one: it has no L4 header.</summary>
public enum FragmentL4 : byte
{
    /// <summary>They match a first fragment like a whole packet.</summary>
    First,

    /// <summary>They miss on every fragment, the first included.</summary>
    Miss,
}
