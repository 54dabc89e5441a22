using System.Net.Sockets;

namespace NetPolNic.Agent.Control;

/// <summary>The file that the agent listens on: only its owner may open it.</summary>
internal static class ControlSocket
{
    /// <summary>Where the agent listens unless told otherwise.</summary>
    public const string DefaultPath = "/run/netpolnic/netpolnic.sock";

    /// <summary>The environment variable that tells otherwise, to the agent and to the commands that ask it.</summary>
    public const string Variable = "NETPOLNIC_CONTROLSOCKET";

    // sun_path holds 108 bytes, the final zero included (unix(7)).
    private const int MaxPathBytes = 107;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The path in use: the option's, else the environment's, else the default.</summary>
    public static string PathFrom(string? option) =>
        option ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : DefaultPath);

    /// <summary>Why a path cannot be a socket's, or null.</summary>
    public static string? ProblemOf(string path) => path.Length == 0
        ? "the path of the control socket is empty"
        : System.Text.Encoding.UTF8.GetByteCount(path) > MaxPathBytes
            ? $"the path of the control socket is longer than {MaxPathBytes} bytes: {path}"
            : null;

    /// <summary>
    /// Makes the socket. The folder is made if need be, for its owner only; a socket that nobody listens on is replaced. The
    /// file has its mode before anybody can connect: until the caller listens, connections are refused.
    /// </summary>
    /// <exception cref="IOException">Another process listens there, or the file is no socket, or the path cannot be one.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static Socket Bind(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException();
        }

        if (ProblemOf(path) is { } problem)
        {
            throw new IOException(problem);
        }

        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null && !Directory.Exists(folder))
        {
            Directory.CreateDirectory(
                folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        RemoveStale(path);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, OwnerOnly);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException($"{path}: {error.Message}", error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException error)
        {
            throw new IOException(
                IsSocket(path) ? $"{path}: {error.Message}" : $"{path} exists and is no socket; it is left alone", error);
        }

        throw new IOException($"another process listens on {path}");
    }

    // A socket has no length and cannot be opened (ENXIO); a file can.
    private static bool IsSocket(string path)
    {
        try
        {
            using FileStream _ = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
