using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using NetPolNic.Agent.Control.V1;

namespace NetPolNic.Agent.Control;

/// <summary>
/// Asks a running agent over its control socket. Problems come as <see cref="AgentUnreachableException"/>, or as
/// <see cref="UnanswerableException"/> where the agent refuses the question.
/// </summary>
internal sealed class ControlClient : IDisposable
{
    private readonly string _path;
    private readonly GrpcChannel _channel;
    private readonly V1.Agent.AgentClient _agent;
    private volatile SocketException? _refusal;

    /// <summary>Makes the client; connects with the first question.</summary>
    public ControlClient(string path)
    {
        if (ControlSocket.ProblemOf(path) is { } problem)
        {
            throw new AgentUnreachableException(problem);
        }

        _path = path;
        SocketsHttpHandler handler = new() { ConnectCallback = (_, cancellation) => ConnectAsync(cancellation), UseProxy = false };
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
        });
        _agent = new V1.Agent.AgentClient(_channel);
    }

    public Task<StatusReply> StatusAsync(StatusRequest request, CancellationToken cancellation) =>
        AskAsync(async () => await _agent.StatusAsync(request, cancellationToken: cancellation).ConfigureAwait(false), cancellation);

    public IAsyncEnumerable<StatusReply> WatchAsync(WatchStatusRequest request, CancellationToken cancellation) =>
        ReadAsync(() => _agent.WatchStatus(request, cancellationToken: cancellation), cancellation);

    public IAsyncEnumerable<NicRule> RulesAsync(RulesRequest request, CancellationToken cancellation) =>
        ReadAsync(() => _agent.Rules(request, cancellationToken: cancellation), cancellation);

    public IAsyncEnumerable<PuntedRegion> PuntsAsync(PuntsRequest request, CancellationToken cancellation) =>
        ReadAsync(() => _agent.Punts(request, cancellationToken: cancellation), cancellation);

    public Task<ExplainReply> ExplainAsync(ExplainRequest request, CancellationToken cancellation) =>
        AskAsync(async () => await _agent.ExplainAsync(request, cancellationToken: cancellation).ConfigureAwait(false), cancellation);

    public void Dispose() => _channel.Dispose();

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _refusal = null;
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception problem)
        {
            _refusal = problem as SocketException;
            socket.Dispose();
            throw;
        }
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (RpcException problem)
        {
            throw Translated(problem, cancellation);
        }
    }

    private async IAsyncEnumerable<T> ReadAsync<T>(
        Func<AsyncServerStreamingCall<T>> open, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using AsyncServerStreamingCall<T> call = open();
        while (await AskAsync(() => call.ResponseStream.MoveNext(cancellation), cancellation).ConfigureAwait(false))
        {
            yield return call.ResponseStream.Current;
        }
    }

    private Exception Translated(RpcException problem, CancellationToken cancellation) => problem.StatusCode switch
    {
        StatusCode.InvalidArgument => new UnanswerableException(problem.Status.Detail, problem),
        StatusCode.Cancelled when cancellation.IsCancellationRequested =>
            new OperationCanceledException(problem.Status.Detail, problem, cancellation),
        StatusCode.Unimplemented => new AgentUnreachableException(
            $"{_path}: the agent there does not know this question; it is of another version", problem),
        _ => new AgentUnreachableException(Unreachable(problem), problem),
    };

    // .NET's word for a path that is not there (ENOENT) is that the address is not available.
    private string Unreachable(RpcException problem) => _refusal switch
    {
        { SocketErrorCode: SocketError.AccessDenied } =>
            $"{_path}: permission denied; the socket belongs to the agent's user, so ask as that user (sudo netpolnic …)",
        { SocketErrorCode: SocketError.ConnectionRefused } =>
            $"{_path}: an agent was here and is gone (nobody listens on the socket); {HowToStart}",
        { SocketErrorCode: SocketError.AddressNotAvailable } => $"{_path}: no agent listens there; {HowToStart}",
        { } other => $"{_path}: {other.Message}",
        null => $"{_path}: the agent does not answer ({problem.Status.Detail})",
    };

    private static string HowToStart =>
        $"start one with 'netpolnic run', or name its socket with --socket or {ControlSocket.Variable}";
}
