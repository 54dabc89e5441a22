namespace Dpdk.Errors;

/// <summary>EAL did not start, or is not in the state that the call needs.</summary>
public sealed class EalInitException : DpdkException
{
    /// <inheritdoc cref="DpdkException(string, int, string?)"/>
    public EalInitException(string operation, int errno, string? detail = null)
        : base(operation, errno, detail)
    {
    }
}
