namespace Dpdk.Errors;

/// <summary>An operation on a port failed.</summary>
public sealed class EthPortException : DpdkException
{
    /// <inheritdoc cref="DpdkException(string, int, string?)"/>
    /// <param name="operation">The C function.</param>
    /// <param name="errno">Positive errno, or 0.</param>
    /// <param name="ethPort">Name of the port.</param>
    /// <param name="detail">More about it, or null.</param>
    public EthPortException(string operation, int errno, string ethPort, string? detail = null)
        : base(operation, errno, detail is null ? $"port {ethPort}" : $"port {ethPort}: {detail}")
    {
        EthPort = ethPort;
    }

    /// <summary>Name of the port.</summary>
    public string EthPort { get; }
}
