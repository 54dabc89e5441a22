namespace NetPolNic.Agent.Control;

/// <summary>A question that makes no sense to the agent; the message is for the person who asked.</summary>
internal sealed class UnanswerableException : Exception
{
    public UnanswerableException(string message)
        : base(message)
    {
    }

    public UnanswerableException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public UnanswerableException()
    {
    }
}
