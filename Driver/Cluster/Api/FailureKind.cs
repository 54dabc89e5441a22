namespace NetPolNic.Cluster.Api;

/// <summary>What a failed request calls for.</summary>
internal enum FailureKind : byte
{
    /// <summary>Another try, later.</summary>
    Retry,

    /// <summary>The resource version or the continue token is too old: list anew.</summary>
    Expired,

    /// <summary>The credentials are not, or no longer, accepted: read them again.</summary>
    Unauthorized,

    /// <summary>The kind is not served here: look again what is.</summary>
    NotFound,
}
