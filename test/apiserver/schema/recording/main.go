// Answers requests, one JSON a line, with the libraries of a real API server. See README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	structuraldefaulting "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

type req struct {
	Op      string          `json:"op"`
	Crd     json.RawMessage `json:"crd"`
	Obj     map[string]interface{} `json:"obj"`
	Old     map[string]interface{} `json:"old"`
	Live    map[string]interface{} `json:"live"`
	Manager string `json:"manager"`
	Force   bool `json:"force"`
	Reset   bool `json:"reset"`
}
type ferr struct {
	Reason  string `json:"reason"`
	Field   string `json:"field"`
	Message string `json:"message"`
}
type resp struct {
	Errors  []ferr `json:"errors,omitempty"`
	Pruned  []string `json:"pruned,omitempty"`
	Obj     map[string]interface{} `json:"obj,omitempty"`
	Fatal   string `json:"fatal,omitempty"`
}

func errs(l field.ErrorList) (out []ferr) {
	for _, e := range l {
		out = append(out, ferr{string(e.Type), e.Field, e.ErrorBody()})
	}
	return
}

type def struct{ s *structuralschema.Structural }

func (d def) Default(in runtime.Object) {
	if u, ok := in.(*unstructured.Unstructured); ok {
		structuraldefaulting.Default(u.UnstructuredContent(), d.s)
	}
}

type conv struct{}

func (conv) Convert(in, out, context interface{}) error { panic("no") }
func (conv) ConvertToVersion(in runtime.Object, gv runtime.GroupVersioner) (runtime.Object, error) { return in, nil }
func (conv) ConvertFieldLabel(gvk schema.GroupVersionKind, label, value string) (string, string, error) { return label, value, nil }

type creater struct{}

func (creater) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(kind)
	return u, nil
}

func handle(r req) (out resp) {
	defer func() {
		if p := recover(); p != nil {
			out.Fatal = fmt.Sprint(p)
		}
	}()
	var crdv1 apiv1.CustomResourceDefinition
	if err := json.Unmarshal(r.Crd, &crdv1); err != nil {
		return resp{Fatal: err.Error()}
	}
	apiv1.SetDefaults_CustomResourceDefinition(&crdv1)
	apiv1.SetDefaults_CustomResourceDefinitionSpec(&crdv1.Spec)
	var crd apiextensions.CustomResourceDefinition
	if err := apiv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&crdv1, &crd, nil); err != nil {
		return resp{Fatal: err.Error()}
	}
	ctx := context.TODO()
	if r.Op == "crd" {
		for _, v := range crdv1.Spec.Versions {
			if v.Storage {
				crd.Status.StoredVersions = []string{v.Name}
			}
		}
		return resp{Errors: errs(crdvalidation.ValidateCustomResourceDefinition(ctx, &crd))}
	}
	val, err := apiextensions.GetSchemaForVersion(&crd, crdv1.Spec.Versions[0].Name)
	if err != nil {
		return resp{Fatal: err.Error()}
	}
	s, err := structuralschema.NewStructural(val.OpenAPIV3Schema)
	if err != nil {
		return resp{Fatal: err.Error()}
	}
	gvk := schema.GroupVersionKind{Group: crd.Spec.Group, Version: crdv1.Spec.Versions[0].Name, Kind: crd.Spec.Names.Kind}
	switch r.Op {
	case "object":
		obj := r.Obj
		structuraldefaulting.Default(obj, s)
		out.Pruned = pruning.PruneWithOptions(obj, s, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
		structuraldefaulting.PruneNonNullableNullsWithoutDefaults(obj, s)
		out.Obj = obj
		sv, _, err := validation.NewSchemaValidator(val.OpenAPIV3Schema)
		if err != nil {
			return resp{Fatal: err.Error()}
		}
		var l field.ErrorList
		var co *common.CorrelatedObject
		var opts []validation.ValidationOption
		var celOpts []cel.Option
		if r.Old != nil {
			co = common.NewCorrelatedObject(obj, r.Old, &model.Structural{Structural: s})
			opts = append(opts, validation.WithRatcheting(co))
			celOpts = append(celOpts, cel.WithRatcheting(co))
			l = append(l, validation.ValidateCustomResourceUpdate(nil, obj, r.Old, sv, opts...)...)
		} else {
			l = append(l, validation.ValidateCustomResource(nil, obj, sv)...)
		}
		l = append(l, objectmeta.Validate(nil, obj, s, false)...)
		if r.Old == nil || len(listtype.ValidateListSetsAndMaps(nil, s, r.Old)) == 0 {
			l = append(l, listtype.ValidateListSetsAndMaps(nil, s, obj)...)
		}
		if v := cel.NewValidator(s, true, celconfig.PerCallLimit); v != nil {
			blocked := false
			for _, e := range l {
				if e.Type == field.ErrorTypeNotSupported || e.Type == field.ErrorTypeRequired || e.Type == field.ErrorTypeTooLong || e.Type == field.ErrorTypeTooMany || e.Type == field.ErrorTypeTypeInvalid {
					blocked = true
				}
			}
			if blocked {
				l = append(l, field.Invalid(nil, nil, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"))
			} else {
				var old interface{}
				if r.Old != nil {
					old = r.Old
				}
				ce, _ := v.Validate(ctx, nil, s, obj, old, celconfig.RuntimeCELCostBudget, celOpts...)
				l = append(l, ce...)
			}
		}
		out.Errors = errs(l)
		return out
	case "apply", "update":
		doc, err := builder.BuildOpenAPIV3(&crdv1, crdv1.Spec.Versions[0].Name, builder.Options{})
		if err != nil {
			return resp{Fatal: err.Error()}
		}
		models := map[string]*spec.Schema{}
		for k, v := range doc.Components.Schemas {
			models[k] = v
		}
		tc, err := managedfields.NewTypeConverter(models, false)
		if err != nil {
			return resp{Fatal: err.Error()}
		}
		reset := map[fieldpath.APIVersion]fieldpath.Filter{}
		if r.Reset {
			reset[fieldpath.APIVersion(gvk.GroupVersion().String())] = fieldpath.NewExcludeSetFilter(fieldpath.NewSet(fieldpath.MakePathOrDie("status")))
		}
		fm, err := managedfields.NewDefaultCRDFieldManager(tc, conv{}, def{s}, creater{}, gvk, gvk.GroupVersion(), "", reset)
		if err != nil {
			return resp{Fatal: err.Error()}
		}
		live := &unstructured.Unstructured{Object: r.Live}
		if r.Live == nil {
			live.Object = map[string]interface{}{}
			live.SetGroupVersionKind(gvk)
		}
		obj := &unstructured.Unstructured{Object: r.Obj}
		var res runtime.Object
		if r.Op == "apply" {
			res, err = fm.Apply(live, obj, r.Manager, r.Force)
		} else {
			res, err = fm.Update(live, obj, r.Manager)
		}
		if err != nil {
			if st, ok := err.(interface{ Status() metav1.Status }); ok {
				out.Fatal = st.Status().Message
				if st.Status().Details != nil {
					for _, c := range st.Status().Details.Causes {
						out.Errors = append(out.Errors, ferr{string(c.Type), c.Field, c.Message})
					}
				}
				return out
			}
			return resp{Fatal: err.Error()}
		}
		out.Obj = res.(*unstructured.Unstructured).Object
		return out
	}
	return resp{Fatal: "no op"}
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	w := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			var r req
			if e := utiljson.Unmarshal(line, &r); e != nil {
				fmt.Fprintln(os.Stderr, e)
			}
			// integers as int64
			var m map[string]interface{}
			utiljson.Unmarshal(line, &m)
			if o, ok := m["obj"].(map[string]interface{}); ok { r.Obj = o }
			if o, ok := m["old"].(map[string]interface{}); ok { r.Old = o }
			if o, ok := m["live"].(map[string]interface{}); ok { r.Live = o }
			b, _ := json.Marshal(handle(r))
			w.Write(b)
			w.WriteByte('\n')
			w.Flush()
		}
		if err != nil {
			break
		}
	}
}
