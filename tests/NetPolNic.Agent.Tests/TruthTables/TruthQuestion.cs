namespace NetPolNic.Agent.Tests.TruthTables;

/// <summary>A connection that has no matrix: <c>allows|denies PROTOCOL SRC > DST</c>.</summary>
internal sealed record TruthQuestion(bool Allowed, string Protocol, string From, string To)
{
    public static TruthQuestion Parse(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 5 && words[3] == ">"
            ? new TruthQuestion(words[0] == "allows", words[1], words[2], words[4])
            : throw new FormatException($"'{line}' is no question");
    }
}
