namespace NetPolNic.Agent.Tests.Control;

/// <summary>Texts that must stay as they are, as files beside the tests.</summary>
internal static class Golden
{
    /// <summary>Compares; what differs is written beside the tests' executable, to be looked at and copied.</summary>
    public static void Check(string name, string actual)
    {
        string text = string.Join('\n', actual.Split('\n').Select(line => line.TrimEnd())).TrimEnd('\n') + '\n';
        string folder = Path.Combine(AppContext.BaseDirectory, "Control", "golden");
        string expected = Path.Combine(folder, name);
        if (!File.Exists(expected) || File.ReadAllText(expected) != text)
        {
            string received = Path.Combine(AppContext.BaseDirectory, $"received-{name}");
            File.WriteAllText(received, text);
            Assert.Fail($"not as in golden/{name}; see {received}:\n{text}");
        }
    }
}
