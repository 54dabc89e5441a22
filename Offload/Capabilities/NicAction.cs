namespace NetPolNic.Offload.Capabilities;

/// <summary>Actions that profiles speak about.</summary>
public enum NicAction : byte
{
    Drop,
    Passthru,
    Queue,
    Mark,
    Flag,
    Rss,
    Count,
    Jump,
    Age,
}
