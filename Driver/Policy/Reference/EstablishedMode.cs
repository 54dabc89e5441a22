namespace NetPolNic.Policy.Reference;

/// <summary>What a policy change does to connections that the new policy forbids (SEMANTICS b15).</summary>
public enum EstablishedMode : byte
{
    /// <summary>They are cut.</summary>
    Cut,

    /// <summary>They are left alone.</summary>
    Keep,
}
