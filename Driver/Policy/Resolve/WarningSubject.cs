namespace NetPolNic.Policy.Resolve;

/// <summary>The kind of object that a <see cref="PolicyWarning"/> is about.</summary>
public enum WarningSubject : byte
{
    /// <summary>A NetworkPolicy of either API version.</summary>
    Policy,

    /// <summary>A Namespace.</summary>
    Namespace,

    /// <summary>An address that several pods claim.</summary>
    Address,
}
