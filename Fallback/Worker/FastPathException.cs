namespace NetPolNic.Fallback.Worker;

/// <summary>The library with the poll loop is missing, or is not the one that belongs to this build.</summary>
public sealed class FastPathException : Exception
{
    public FastPathException()
    {
    }

    public FastPathException(string message)
        : base(message)
    {
    }

    public FastPathException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
