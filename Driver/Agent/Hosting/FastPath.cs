using NetPolNic.Agent.Commands;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Agent.Hosting;

/// <summary>Finds and loads the library with the poll loop. There is no falling back: a loop that collections stop is no substitute.</summary>
internal static class FastPath
{
    private const string Variable = "NETPOLNIC_FASTPATH";
    private static readonly Lock s_gate = new();
    private static FastPathLibrary? s_library;

    /// <summary>The library, which is loaded on first use.</summary>
    /// <exception cref="UnusableInputException">There is none, or it is of another build.</exception>
    public static FastPathLibrary Library
    {
        get
        {
            lock (s_gate)
            {
                return s_library ??= Load(Locate(Environment.GetEnvironmentVariable(Variable)));
            }
        }
    }

    /// <summary>Loads a library, and says how to get one where that fails.</summary>
    internal static FastPathLibrary Load(string path)
    {
        try
        {
            return FastPathLibrary.Load(path);
        }
        catch (FastPathException problem)
        {
            throw new UnusableInputException(
                $"{problem.Message}; './netpolnic run' builds it, 'dotnet publish Fallback/FastPath -c Release' does so for an " +
                $"installation, where it stands beside the executable ({Variable} names another place)",
                problem);
        }
    }

    /// <summary>What is named, else beside the executable, else where the repository's build puts it.</summary>
    internal static string Locate(string? named)
    {
        if (named is { Length: > 0 })
        {
            return named;
        }

        string beside = Path.Combine(AppContext.BaseDirectory, FastPathLibrary.FileName);
        string built = Path.Combine("artifacts", "fastpath", FastPathLibrary.FileName);
        return File.Exists(beside) ? beside : AboveExecutable.Find(built) ?? beside;
    }
}
