namespace NetPolNic.Agent.Control;

/// <summary>No agent answers on the control socket; the message says what was tried and what to do, for people.</summary>
internal sealed class AgentUnreachableException : Exception
{
    public AgentUnreachableException(string message)
        : base(message)
    {
    }

    public AgentUnreachableException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public AgentUnreachableException()
    {
    }
}
