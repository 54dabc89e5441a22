namespace NetPolNic.Fallback.Worker;

/// <summary>A poll loop failed; nothing is forwarded by it since.</summary>
public sealed class LoopFaultException : Exception
{
    public LoopFaultException()
    {
    }

    public LoopFaultException(string message)
        : base(message)
    {
    }

    public LoopFaultException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
