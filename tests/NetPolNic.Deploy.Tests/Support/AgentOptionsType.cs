using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace NetPolNic.Deploy.Tests.Support;

/// <summary>The agent's own options, so that a name which it does not know is found here.</summary>
internal static class AgentOptionsType
{
    private const string Prefix = "NETPOLNIC_";

    private static readonly Type s_type = Assembly.Load("netpolnic").GetType("NetPolNic.Agent.Hosting.AgentOptions", throwOnError: true)!;

    /// <summary>Whether an environment variable sets an option: NETPOLNIC_UPLINK, NETPOLNIC_PODPORTS__0.</summary>
    public static bool Knows(string variable)
    {
        if (!variable.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        string[] parts = variable[Prefix.Length..].Split("__");
        PropertyInfo? property = s_type.GetProperties().SingleOrDefault(
            candidate => candidate.Name.Equals(parts[0], StringComparison.OrdinalIgnoreCase));
        bool isList = property is not null && property.PropertyType != typeof(string) &&
            typeof(IEnumerable).IsAssignableFrom(property.PropertyType);
        return property is not null && (isList
            ? parts.Length == 2 && int.TryParse(parts[1], out _)
            : parts.Length == 1);
    }

    /// <summary>What the agent finds wrong with variables, apart from what depends on the machine it runs on.</summary>
    /// <param name="variables">Variables by name.</param>
    /// <param name="isInCluster">Whether it runs in a pod with a service account.</param>
    public static IReadOnlyList<string> ProblemsOf(IEnumerable<KeyValuePair<string, string>> variables, bool isInCluster)
    {
        object options = Activator.CreateInstance(s_type)!;
        s_type.GetProperty("IsInCluster")!.SetValue(options, isInCluster);
        new ConfigurationBuilder()
            .AddInMemoryCollection(variables
                .Where(variable => variable.Key.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(variable => new KeyValuePair<string, string?>(
                    variable.Key[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), variable.Value)))
            .Build()
            .Bind(options);
        var problems = (IEnumerable<string>)s_type.GetMethod("Problems")!.Invoke(options, [])!;
        return
        [
            .. problems.Where(problem =>
                !problem.StartsWith("--lcore", StringComparison.Ordinal) &&
                !problem.Contains("there is no file", StringComparison.Ordinal)),
        ];
    }
}
