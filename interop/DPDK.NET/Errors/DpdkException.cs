namespace Dpdk.Errors;

/// <summary>A call into DPDK failed because of the environment: no memory, no device, no library.</summary>
public class DpdkException : Exception
{
    /// <summary>Describes a failed operation.</summary>
    /// <param name="operation">The C function or the step, e.g. "rte_eth_dev_start".</param>
    /// <param name="errno">Positive errno, or 0 if there is none.</param>
    /// <param name="detail">What it was about and what to do, or null.</param>
    public DpdkException(string operation, int errno, string? detail = null)
        : base(Describe(operation, errno, detail))
    {
        Operation = operation;
        Errno = errno;
        Detail = detail;
    }

    /// <summary>The C function or the step that failed.</summary>
    public string Operation { get; }

    /// <summary>Positive errno, or 0 if there is none.</summary>
    public int Errno { get; }

    /// <summary>What it was about and what to do, or null.</summary>
    public string? Detail { get; }

    private static string Describe(string operation, int errno, string? detail)
    {
        string text = errno == 0 ? operation : $"{operation} failed: {ErrnoText.Describe(errno)}";
        return string.IsNullOrEmpty(detail) ? text : $"{text}: {detail}";
    }
}
