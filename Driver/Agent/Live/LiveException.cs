namespace NetPolNic.Agent.Live;

/// <summary>The live demo cannot go on: the surroundings lack something. The message says what.</summary>
internal sealed class LiveException(string message, Exception? inner = null) : Exception(message, inner);
