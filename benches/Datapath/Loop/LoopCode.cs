using System.Reflection;
using NetPolNic.Fallback;

namespace NetPolNic.Benches.Datapath.Loop;

/// <summary>
/// Which loop is measured: the ahead-of-time compiled library where the fallback can be given one, as the agent gives it, else
/// the one in this runtime. By name, so that the harness also builds and runs with a fallback that knows no library.
/// </summary>
internal static class LoopCode
{
    private const string LibraryOption = "Library";

    private static readonly PropertyInfo? s_option = typeof(FallbackOptions).GetProperty(LibraryOption);

    private static readonly PropertyInfo? s_library = typeof(Agent.Hosting.AgentOptions).Assembly
        .GetType("NetPolNic.Agent.Hosting.FastPath")?
        .GetProperty(LibraryOption, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);

    /// <summary>Whether the fallback can run its loop from a library.</summary>
    public static bool IsNativePossible => s_option is not null && s_library is not null;

    /// <summary>Has the loop run from the library; a missing or unfit one is an error that says how to get it.</summary>
    public static void UseNative(FallbackOptions options)
    {
        try
        {
            s_option!.SetValue(options, s_library!.GetValue(null));
        }
        catch (TargetInvocationException problem)
        {
            throw new InvalidOperationException(problem.InnerException!.Message, problem.InnerException);
        }
    }
}
