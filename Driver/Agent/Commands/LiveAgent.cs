using NetPolNic.Agent.Control;

namespace NetPolNic.Agent.Commands;

/// <summary>Commands that ask a running agent: its absence and its refusals are the command's answer.</summary>
internal static class LiveAgent
{
    /// <summary>A client for the chosen socket; connects with the first question.</summary>
    public static ControlClient Connect(string? socket)
    {
        try
        {
            return new ControlClient(ControlSocket.PathFrom(socket));
        }
        catch (AgentUnreachableException problem)
        {
            throw new UnusableInputException(problem.Message, problem);
        }
    }

    /// <summary>Asks; what goes wrong becomes an <see cref="UnusableInputException"/>.</summary>
    public static async Task<int> AskAsync(Func<Task<int>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is AgentUnreachableException or UnanswerableException)
        {
            throw new UnusableInputException(problem.Message, problem);
        }
    }
}
