using NetPolNic.Agent.Matrix;

namespace NetPolNic.Agent.Demo;

/// <summary>One packet of the demo's conversation.</summary>
/// <param name="Description">Who sends what to whom.</param>
/// <param name="Allowed">Whether it came out.</param>
/// <param name="Place">Who decided.</param>
/// <param name="Agrees">Whether the connection oracle says the same.</param>
internal sealed record ConversationStep(string Description, bool Allowed, VerdictPlace Place, bool Agrees);
