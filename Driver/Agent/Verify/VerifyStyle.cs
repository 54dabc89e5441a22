namespace NetPolNic.Agent.Verify;

/// <summary>How the report looks: light or dark as the reader's system is, from a phone's width up.</summary>
internal static class VerifyStyle
{
    public const string Css =
        """
        :root { color-scheme: light dark; --bg: #fbfbfa; --fg: #1c1e21; --dim: #5d636b; --line: #d9dce0; --card: #fff;
          --good: #1a7f4b; --bad: #b3261e; --goodbg: #e3f4ea; --badbg: #fbe4e2; --punt: #8a5a00; --puntbg: #fdf0d3; --link: #0b57d0; }
        @media (prefers-color-scheme: dark) { :root { --bg: #14161a; --fg: #e4e6ea; --dim: #9aa2ad; --line: #333942; --card: #1c1f25;
          --good: #6fd6a0; --bad: #ff9a90; --goodbg: #16382a; --badbg: #47201d; --punt: #f2c56b; --puntbg: #3d300f; --link: #9ec1ff; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; background: var(--bg); color: var(--fg);
          font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
        h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 0 0 .75rem; }
        header p { margin: .2rem 0 .6rem; color: var(--dim); }
        nav { display: flex; flex-wrap: wrap; gap: 1rem; } a { color: var(--link); }
        a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        section { margin-top: 1.5rem; padding: 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
        section.good { border-left: .4rem solid var(--good); } section.bad { border-left: .4rem solid var(--bad); }
        section.good h2 { color: var(--good); } section.bad h2 { color: var(--bad); }
        .differences pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0; }
        dl { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: 0; } dt { color: var(--dim); font-size: .85rem; }
        dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
        .scroll { overflow-x: auto; max-width: 100%; } details { margin: .4rem 0; } summary { cursor: pointer; font-weight: 600; padding: .3rem 0; }
        table { border-collapse: collapse; font-size: .9rem; } th, td { padding: .3rem .6rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th { color: var(--dim); font-weight: 600; } th[scope=row] { font-weight: 400; white-space: nowrap; }
        .r { text-align: right; font-variant-numeric: tabular-nums; } .n { color: var(--dim); font-variant-numeric: tabular-nums; }
        .matrix td, .matrix thead th + th { text-align: center; min-width: 2.1rem; position: relative; } abbr { text-decoration: none; cursor: help; }
        .matrix th[scope=row], .matrix thead th:first-child { position: sticky; left: 0; background: var(--card); }
        code { font: .85rem ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        .c { font-weight: 700; } .legend .c { display: inline-block; min-width: 1.5rem; text-align: center; border-radius: .25rem; margin-left: .5rem; }
        .nd { color: var(--bad); background: var(--badbg); } .fd { color: var(--bad); }
        .np { color: var(--good); background: var(--goodbg); } .fp { color: var(--good); }
        .tag { font-size: .75rem; font-weight: 700; padding: .1rem .45rem; border-radius: .3rem; background: var(--puntbg); color: var(--punt); }
        .DROP { background: var(--badbg); color: var(--bad); } .PASS { background: var(--goodbg); color: var(--good); }
        .v { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        @media print { .scroll { overflow: visible; } section { break-inside: avoid; } }
        """;
}
