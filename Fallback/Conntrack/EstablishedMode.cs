namespace NetPolNic.Fallback.Conntrack;

/// <summary>What a policy change does to connections that are already there (S-b15).</summary>
public enum EstablishedMode : byte
{
    /// <summary>Connections that the new policy does not allow are cut.</summary>
    Cut,

    /// <summary>Connections live on until they time out.</summary>
    Keep,
}
