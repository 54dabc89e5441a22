namespace NetPolNic.Offload.Planning;

/// <summary>What a rule does with the packets that it is the best match of.</summary>
public enum RuleVerdict : byte
{
    /// <summary>Allowed whatever the connection: marked and delivered.</summary>
    Pass,

    /// <summary>Denied whatever the connection: dropped.</summary>
    Drop,

    /// <summary>The fallback decides: delivered.</summary>
    Punt,
}
