namespace NetPolNic.Agent.Commands;

/// <summary>Input that a command cannot work with; the message is for the user, the exit status is 2.</summary>
internal sealed class UnusableInputException : Exception
{
    public UnusableInputException(string message)
        : base(message)
    {
    }

    public UnusableInputException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public UnusableInputException()
    {
    }
}
