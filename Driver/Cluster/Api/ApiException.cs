namespace NetPolNic.Cluster.Api;

/// <summary>A request that the API server refused, or that it did not answer as it should.</summary>
#pragma warning disable CA1032 // Never made without a kind.
internal sealed class ApiException(FailureKind kind, string message, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(message, inner)
#pragma warning restore CA1032
{
    public FailureKind Kind => kind;

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}
