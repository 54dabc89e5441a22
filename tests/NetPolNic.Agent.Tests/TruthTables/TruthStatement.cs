namespace NetPolNic.Agent.Tests.TruthTables;

/// <summary>
/// One line of an expected table: <c>allow|deny ingress|egress|both SRC > DST [on TCP/80,UDP/81]</c>. Tables start with
/// everything allowed; a later line overrides an earlier one.
/// </summary>
internal sealed record TruthStatement(
    bool Allows, bool AtIngress, bool AtEgress, string[] Sources, string[] Destinations, string[] Ports)
{
    public static TruthStatement Parse(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (5 or 7) || words[3] != ">" || words[1] is not ("ingress" or "egress" or "both") ||
            (words.Length == 7 && words[5] != "on"))
        {
            throw new FormatException($"'{line}' is no line of a table");
        }

        return new TruthStatement(
            words[0] == "allow",
            words[1] is "ingress" or "both",
            words[1] is "egress" or "both",
            words[2].Split(','),
            words[4].Split(','),
            words.Length == 7 ? words[6].Split(',') : []);
    }

    /// <summary>Whether the line speaks about a cell.</summary>
    public bool Covers(string src, string dst, string port) =>
        (Ports.Length == 0 || Ports.Contains(port)) &&
        Sources.Any(pattern => Matches(pattern, src)) &&
        Destinations.Any(pattern => Matches(pattern, dst));

    /// <summary><c>*</c> everything, <c>pods</c> every pod, <c>x/*</c>, <c>*/a</c>, or a name.</summary>
    private static bool Matches(string pattern, string name)
    {
        if (pattern is "*" || pattern == name)
        {
            return true;
        }

        if (!name.Contains('/', StringComparison.Ordinal))
        {
            return false;
        }

        string[] pod = name.Split('/');
        string[] wanted = pattern.Split('/');
        return pattern == "pods" ||
            (wanted.Length == 2 && (wanted[0] == "*" || wanted[0] == pod[0]) && (wanted[1] == "*" || wanted[1] == pod[1]));
    }
}
